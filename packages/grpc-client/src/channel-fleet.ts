/**
 * The subchannels of a channel's endpoint sets, and what they are like together. In: the pool. Out: plain data for the tiers, the balancer
 * and the snapshot. It changes nothing.
 */

import type { BalancerState } from "./balancer/balancer.ts";
import type { EndpointSnapshot } from "./channel-snapshot.ts";
import { type EndpointKey, EndpointSet } from "./endpoint.ts";
import type { EndpointLoad } from "./endpoint-load.ts";
import type { Reach } from "./resolver/resolver.ts";
import type { TierHealth } from "./resolver/tiers.ts";
import type { SubchannelPool } from "./subchannel/pool.ts";
import type { Subchannel } from "./subchannel/subchannel.ts";

/** The sets of the tiers that are open, and which of them has the calls. */
export interface OpenTiers {
  readonly sets: readonly EndpointSet[];
  readonly active: number;
  /** A first answer of a resolver is still on its way. */
  readonly arePending: boolean;
}

export class Fleet {
  readonly #pool: SubchannelPool;

  constructor(pool: SubchannelPool) {
    this.#pool = pool;
  }

  isUsable(key: EndpointKey): boolean {
    const subchannel = this.#pool.get(key);
    return subchannel?.connectivity === "ready" && subchannel.load.isUsable;
  }

  reachOf(key: EndpointKey): Reach {
    const subchannel = this.#pool.get(key);
    if (subchannel?.connectivity === "ready") return subchannel.load.isUsable ? "serving" : "unknown";
    return subchannel?.lastError === undefined ? "unknown" : "unreachable";
  }

  subchannelsOf(sets: readonly EndpointSet[]): Subchannel[] {
    const subchannels: Subchannel[] = [];
    for (const set of sets) {
      for (const key of set.keys()) {
        const subchannel = this.#pool.get(key);
        if (subchannel !== undefined) subchannels.push(subchannel);
      }
    }
    return subchannels;
  }

  loadsOf(sets: readonly EndpointSet[]): EndpointLoad[][] {
    return sets.map((set) => this.subchannelsOf([set]).map(({ load }) => load));
  }

  /** Of a tier with the endpoints of `set`, of which the client connects to those of `used`. */
  healthOf(set: EndpointSet, used: EndpointSet): TierHealth {
    let ready = 0;
    let eligible = 0;
    let failed = 0;
    for (const { connectivity, load } of this.subchannelsOf([used])) {
      if (connectivity === "transient-failure") failed++;
      if (connectivity !== "ready") continue;
      ready++;
      if (load.isUsable) eligible++;
    }
    return { known: set.size, used: used.size, ready, eligible, failed };
  }

  /** What the balancer makes a picker of. */
  stateOf({ sets, active, arePending }: OpenTiers, nowMs: number): Omit<BalancerState, "explain"> {
    const known = this.subchannelsOf(sets);
    const set = sets[active] ?? EndpointSet.empty;
    const ready = this.subchannelsOf([set]).filter(({ connectivity }) => connectivity === "ready");
    return {
      ready,
      known: set.size,
      probing: known.filter(({ connectivity, load }) => connectivity === "ready" && load.probe !== "none"),
      isLastResort: !arePending && !mayOthersServe(ready, known),
      pending: arePending || known.some(mayStillServe),
      // No time makes an open breaker serve the call that comes next.
      allFailedSinceMs: known.some(isBreakerOpen) ? Number.POSITIVE_INFINITY : oldestFailureMs(known, nowMs),
    };
  }

  describe(key: EndpointKey): EndpointSnapshot {
    const subchannel = this.#pool.get(key);
    return {
      address: key,
      name: subchannel?.endpoint.name,
      zone: subchannel?.endpoint.zone,
      connectivity: subchannel?.connectivity ?? "idle",
      ineligible: subchannel?.load.exclusion,
      isReserve: subchannel?.endpoint.isReserve === true,
      connections: subchannel?.openConnections ?? 0,
      inFlight: subchannel?.load.inFlight ?? 0,
      lastError: subchannel?.lastError?.message,
    };
  }
}

/** Whether an endpoint of another tier may still take the calls. */
function mayOthersServe(active: readonly Subchannel[], known: readonly Subchannel[]): boolean {
  return known.some(
    (subchannel) =>
      subchannel.connectivity !== "transient-failure" && !active.includes(subchannel) && subchannel.load.isUsable,
  );
}

/** Without endpoints nothing has become of the calls until now. */
function oldestFailureMs(known: readonly Subchannel[], nowMs: number): number {
  return known.length === 0 ? nowMs : Math.min(...known.map(({ lastFailureMs }) => lastFailureMs));
}

function isBreakerOpen({ load }: Subchannel): boolean {
  return load.exclusion === "breaker-open";
}

/** Whether calls may wait for it. */
function mayStillServe(subchannel: Subchannel): boolean {
  return subchannel.connectivity !== "transient-failure" && !isBreakerOpen(subchannel);
}
