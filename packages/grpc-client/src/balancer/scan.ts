/**
 * Picks the ready endpoint with the lowest cost. For up to a few dozen endpoints a full scan takes less than a microsecond, and it
 * balances better than a sample of two.
 *
 * The scan begins at a random endpoint, and the first of equal costs wins. With a fixed start all idle clients would pick the
 * same endpoint, because their lists have the same order.
 */

import type { Random } from "@agent-team/foundation/random";
import type { EndpointKey } from "../endpoint.ts";
import type { EndpointLoad } from "../endpoint-load.ts";
import type { Pick, PickedSubchannel, Picker, PickInfo } from "../picker.ts";
import { cost, costOfFailing } from "./cost.ts";
import { drawnLoad } from "./weight.ts";

/** A subchannel that may be picked. */
export interface Candidate extends PickedSubchannel {
  /** False while the peer admits no further stream. */
  readonly hasRoom: boolean;
}

const QUEUE: Pick = { kind: "queue", until: "room" };

export class ScanPicker implements Picker {
  readonly #candidates: readonly Candidate[];
  /** The loads of the candidates, in the same order. Most candidates are rejected by their load alone. */
  readonly #loads: readonly EndpointLoad[];
  readonly #isWeighted: boolean;
  /** The results, made once, so that a pick allocates nothing. */
  readonly #picks: readonly Pick[];
  readonly #random: Random;

  /** `isWeighted`: the cost factors contain different weights, so each endpoint needs a random draw (`weight.ts`). */
  constructor(candidates: readonly Candidate[], random: Random, isWeighted = false) {
    this.#candidates = candidates;
    this.#loads = candidates.map(({ load }) => load);
    this.#isWeighted = isWeighted;
    this.#picks = candidates.map((subchannel) => ({ kind: "complete", subchannel, onEnd: undefined }));
    this.#random = random;
  }

  pick({ tried }: PickInfo): Pick {
    const best = this.#cheapest(tried);
    if (best >= 0) return this.#picks[best] as Pick;
    // This call has tried every endpoint with room, so it tries one of them again.
    const again = tried.length === 0 ? -1 : this.#cheapest([]);
    return again >= 0 ? (this.#picks[again] as Pick) : QUEUE;
  }

  #cheapest(tried: readonly EndpointKey[]): number {
    const count = this.#loads.length;
    let at = (this.#random() * count) | 0;
    let best = -1;
    let bestCost = Number.POSITIVE_INFINITY;
    let busiest: number | undefined;
    for (let seen = 0; seen < count; seen++) {
      const load = this.#loads[at] as EndpointLoad;
      const inFlight = this.#isWeighted ? drawnLoad(load.inFlight, this.#random) : load.inFlight;
      let price = cost(inFlight, load.costFactor);
      if (price < bestCost && this.#mayTake(at, tried)) {
        // Failures only raise the cost, so a candidate that is too expensive already needs no look at them.
        if (!load.failures.isZero) {
          busiest ??= this.#busiest();
          price = costOfFailing(inFlight, load.costFactor, load.failures.current, busiest);
        }
        if (price < bestCost) {
          best = at;
          bestCost = price;
        }
      }
      if (++at === count) at = 0;
    }
    return best;
  }

  #mayTake(at: number, tried: readonly EndpointKey[]): boolean {
    const { hasRoom, load } = this.#candidates[at] as Candidate;
    return hasRoom && load.isEligible && !(tried.length > 0 && tried.includes(load.key));
  }

  /** The most calls in flight on any endpoint. */
  #busiest(): number {
    let busiest = 0;
    for (const { inFlight } of this.#loads) if (inFlight > busiest) busiest = inFlight;
    return busiest;
  }
}
