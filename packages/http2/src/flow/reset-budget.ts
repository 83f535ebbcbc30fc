/**
 * How many streams a client may still reset. In: streams that its frames have ended early. Out: whether it is too many. A reset is cheap
 * for a client and expensive for a server (CVE-2023-44487, "rapid reset"; CVE-2025-8671, "MadeYouReset", makes the server reset), so
 * above the rate new streams are refused before a request is looked at. Open streams go on: on a gateway's connection they belong to
 * other users.
 */

/** Resets at one moment: more than twice the streams that one connection may have open. */
const BURST = 10_000;

/** Resets each second, all the time. A gateway starts a few hundred calls a second at most. */
const PER_MS = 1;

export class ResetBudget {
  readonly #now: () => number;
  #tokens = BURST;
  #countedMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#countedMs = now();
  }

  /** Whether the rate has been exceeded. */
  get isSpent(): boolean {
    if (this.#tokens >= 1) return false;
    this.#refill();
    return this.#tokens < 1;
  }

  didReset(): void {
    this.#refill();
    // The debt is one burst at most, so that new streams are taken again within seconds after the last reset.
    this.#tokens = Math.max(-BURST, this.#tokens - 1);
  }

  #refill(): void {
    const nowMs = this.#now();
    this.#tokens = Math.min(BURST, this.#tokens + (nowMs - this.#countedMs) * PER_MS);
    this.#countedMs = nowMs;
  }
}
