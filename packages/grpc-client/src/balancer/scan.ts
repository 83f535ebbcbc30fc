/**
 * Picks the ready endpoint with the lowest cost. For up to 64 endpoints a full scan takes a fraction of a microsecond, and it
 * balances better than a sample.
 *
 * The scan begins at a random endpoint, and the first of equal costs wins. With a fixed start all idle clients would pick the
 * same endpoint, because their lists have the same order.
 */

import type { Random } from "@agent-team/foundation/random";
import type { EndpointKey } from "../endpoint.ts";
import type { EndpointLoad } from "../endpoint-load.ts";
import type { Pick, Picker, PickInfo } from "../picker.ts";
import { type Candidate, completePicks, mayTake } from "./candidate.ts";
import { cost } from "./cost.ts";
import { drawnLoad } from "./weight.ts";

const QUEUE: Pick = { kind: "queue", until: "room" };

export class ScanPicker implements Picker {
  readonly #candidates: readonly Candidate[];
  /** The loads of the candidates, in the same order. Most candidates are rejected by their load alone. */
  readonly #loads: readonly EndpointLoad[];
  readonly #isWeighted: boolean;
  readonly #picks: readonly Pick[];
  readonly #random: Random;

  /** `isWeighted`: the cost factors contain different weights, so each endpoint needs a random draw (`weight.ts`). */
  constructor(candidates: readonly Candidate[], random: Random, isWeighted = false) {
    this.#candidates = candidates;
    this.#loads = candidates.map(({ load }) => load);
    this.#isWeighted = isWeighted;
    this.#picks = completePicks(candidates);
    this.#random = random;
  }

  pick({ tried, onlyUntried }: PickInfo): Pick {
    const best = this.#cheapest(tried);
    if (best >= 0) return this.#picks[best] as Pick;
    // This call has tried every endpoint with room, so it tries one of them again.
    const again = tried.length === 0 || onlyUntried === true ? -1 : this.#cheapest([]);
    return again >= 0 ? (this.#picks[again] as Pick) : QUEUE;
  }

  #cheapest(tried: readonly EndpointKey[]): number {
    const count = this.#loads.length;
    let at = (this.#random() * count) | 0;
    let best = -1;
    let bestCost = Number.POSITIVE_INFINITY;
    let busiest = -1;
    for (let seen = 0; seen < count; seen++) {
      const load = this.#loads[at] as EndpointLoad;
      const inFlight = this.#isWeighted ? drawnLoad(load.inFlight, this.#random) : load.inFlight;
      let price = cost(inFlight + load.distance, load.costFactor);
      if (price < bestCost && mayTake(this.#candidates[at] as Candidate, tried)) {
        // Failures only raise the cost, so a candidate that is too expensive already needs no second look.
        if (load.failureRate > 0) {
          if (busiest < 0) busiest = this.#busiest();
          price = cost(inFlight + load.distance + load.failureRate * busiest, load.costFactor);
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

  /** The most calls in flight on any endpoint. */
  #busiest(): number {
    let busiest = 0;
    for (const { inFlight } of this.#loads) if (inFlight > busiest) busiest = inFlight;
    return busiest;
  }
}
