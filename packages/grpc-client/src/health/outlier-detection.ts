/**
 * Ejection in a channel: which endpoints may be ejected, seen beside the others of their tier. In: the loads of the tiers. Out: a
 * learner for each endpoint. It never ejects more than the allowed share, and never for failures that all endpoints have.
 *
 * gRPC: gRFC A50, with two additions. The failures are compared with those of the other endpoints, and an endpoint returns by one
 * call instead of by time alone.
 */

import type { EndpointLoad } from "../endpoint-load.ts";
import { type EjectionReason, Outlier, type OutlierDeps } from "./outlier.ts";

/** A tier whose later tier fails within this of it gains nothing by being left. */
const SIMILAR_RATIO = 0.3;

interface Tier {
  readonly members: readonly Outlier[];
  /** The tiers after it that have endpoints. Undefined: they are not connected, and nothing is known of them. */
  readonly next: readonly Outlier[] | undefined;
  readonly isLast: boolean;
}

export class OutlierDetection {
  readonly #deps: OutlierDeps;
  readonly #byLoad = new Map<EndpointLoad, Outlier>();
  readonly #tierOf = new Map<Outlier, Tier>();

  constructor(deps: Omit<OutlierDeps, "mayEject" | "forget">) {
    this.#deps = {
      ...deps,
      mayEject: (outlier, reason, nowMs) => this.#mayEject(outlier, reason, nowMs),
      forget: (outlier) => this.#forget(outlier),
    };
  }

  /** Makes the learner of an endpoint. */
  readonly createLearner = (load: EndpointLoad): Outlier => {
    const outlier = new Outlier(load, this.#deps);
    this.#byLoad.set(load, outlier);
    return outlier;
  };

  /**
   * The endpoints of the tiers that connect, in order of preference. `hasMore`: later tiers have endpoints, too. An endpoint in
   * several tiers counts in the first.
   */
  update(tiers: readonly (readonly EndpointLoad[])[], hasMore: boolean): void {
    this.#tierOf.clear();
    const members = tiers.map((loads) => loads.flatMap((load) => this.#byLoad.get(load) ?? []));
    for (let i = members.length - 1; i >= 0; i--) {
      const later = members.slice(i + 1).flat();
      const tier: Tier = {
        members: members[i] ?? [],
        next: later.length === 0 ? undefined : later,
        isLast: later.length === 0 && !hasMore,
      };
      for (const outlier of tier.members) this.#tierOf.set(outlier, tier);
    }
  }

  close(): void {
    for (const outlier of this.#byLoad.values()) outlier.close();
  }

  #forget(outlier: Outlier): void {
    this.#byLoad.delete(outlier.load);
    this.#tierOf.delete(outlier);
  }

  #mayEject(outlier: Outlier, reason: EjectionReason, nowMs: number): boolean {
    const tier = this.#tierOf.get(outlier);
    if (tier === undefined) return false;
    // Calls have somewhere else to go: then the others of the tier are no measure, because a tier fails as a whole.
    if (!tier.isLast && this.#isBetterElsewhere(tier, outlier, nowMs)) return true;
    if (!this.#isOutlier(outlier, tier, reason, nowMs)) return false;
    const { length } = tier.members;
    const ejected = tier.members.filter(({ isEjected }) => isEjected).length;
    const most = Math.floor(length * this.#deps.options.maxEjectedRatio);
    return length > 1 && ejected < (length === 2 ? 1 : most);
  }

  /** Both rules compare like with like: five in a row with the last five of the others, a share with the share of the others. */
  #isOutlier(outlier: Outlier, { members }: Tier, reason: EjectionReason, nowMs: number): boolean {
    const isRow = reason === "consecutive-failures";
    let calls = 0;
    let failures = 0;
    for (const other of members) {
      if (other === outlier || other.isEjected) continue;
      calls += isRow ? 1 : other.window.calls(nowMs);
      failures += isRow ? other.recentRatio(nowMs) : other.window.failures(nowMs);
    }
    const own = isRow ? 1 : outlier.window.failures(nowMs) / outlier.window.calls(nowMs);
    return own - (calls === 0 ? 0 : failures / calls) >= this.#deps.options.relativeRatio;
  }

  /** As far as is known: a later tier that does not connect may be better. */
  #isBetterElsewhere({ next, members }: Tier, outlier: Outlier, nowMs: number): boolean {
    if (next === undefined) return true;
    const own = Math.max(outlier.recentRatio(nowMs), meanRatio(members, nowMs));
    return own - meanRatio(next, nowMs) >= SIMILAR_RATIO;
  }
}

function meanRatio(outliers: readonly Outlier[], nowMs: number): number {
  const sum = outliers.reduce((ratios, outlier) => ratios + outlier.recentRatio(nowMs), 0);
  return sum / Math.max(1, outliers.length);
}
