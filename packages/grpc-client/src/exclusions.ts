/** Why an endpoint takes no calls, and which call may show that it works again. */

/** Why an endpoint that may be ready takes no calls. */
export type Exclusion = "ejected" | "unverified" | "suspect" | "breaker-open";

/** The call that may go to an excluded endpoint as a probe: none yet, one that may be repeated, or any. */
export type ProbeNeed = "none" | "idempotent" | "any";

export class Exclusions {
  /** In the order in which they came, each with the probe that could end it. Undefined until the first one. */
  #reasons: Map<Exclusion, ProbeNeed> | undefined;

  /** The oldest reason; undefined without reasons. */
  get first(): Exclusion | undefined {
    return this.#reasons?.keys().next().value;
  }

  get isEmpty(): boolean {
    return this.#reasons === undefined || this.#reasons.size === 0;
  }

  /** Whether it is the only reason. */
  isOnly(reason: Exclusion): boolean {
    return this.#reasons?.size === 1 && this.#reasons.has(reason);
  }

  has(reason: Exclusion): boolean {
    return this.#reasons?.has(reason) === true;
  }

  /** The probe that could end every reason. */
  get probe(): ProbeNeed {
    let need: ProbeNeed = "none";
    for (const each of this.#reasons?.values() ?? []) {
      if (each === "none") return "none";
      if (need !== "idempotent") need = each;
    }
    return need;
  }

  /** False: it was one already. */
  add(reason: Exclusion): boolean {
    const isNew = !this.has(reason);
    (this.#reasons ??= new Map()).set(reason, "none");
    return isNew;
  }

  remove(reason: Exclusion): void {
    this.#reasons?.delete(reason);
  }

  /** A probe may go there. Without effect on a reason that does not exist. */
  offerProbe(reason: Exclusion, need: ProbeNeed): void {
    if (this.has(reason)) this.#reasons?.set(reason, need);
  }
}
