/**
 * Picks the endpoints in turn. It looks at no cost: an endpoint that is slow or fails keeps its share until it is ejected. For
 * comparison, and for calls that all cost the same. gRPC: `round_robin`.
 */

import type { Random } from "@agent-team/foundation/random";
import type { EndpointKey } from "../endpoint.ts";
import type { Pick, Picker, PickInfo } from "../picker.ts";
import { type Candidate, completePicks, mayTake } from "./candidate.ts";

const QUEUE: Pick = { kind: "queue", until: "room" };

export class RoundRobinPicker implements Picker {
  readonly #candidates: readonly Candidate[];
  readonly #picks: readonly Pick[];
  #next: number;

  /** Each picker begins at a random endpoint, so that clients do not walk the list in step. */
  constructor(candidates: readonly Candidate[], random: Random) {
    this.#candidates = candidates;
    this.#picks = completePicks(candidates);
    this.#next = (random() * candidates.length) | 0;
  }

  pick({ tried, onlyUntried }: PickInfo): Pick {
    const mayRepeat = tried.length > 0 && onlyUntried !== true;
    return this.#after(tried) ?? (mayRepeat ? this.#after([]) : undefined) ?? QUEUE;
  }

  #after(tried: readonly EndpointKey[]): Pick | undefined {
    const count = this.#candidates.length;
    for (let seen = 0; seen < count; seen++) {
      const at = this.#next;
      this.#next = at + 1 === count ? 0 : at + 1;
      if (mayTake(this.#candidates[at] as Candidate, tried)) return this.#picks[at];
    }
    return undefined;
  }
}
