/**
 * gRFC A48, `least_request` with its default `choice_count` of 2: of the sampled endpoints the one with the fewest calls in
 * flight, and the first one of equals. The samples are independent: "Allow picking same candidate multiple times".
 */

import type { Random } from "@agent-team/foundation/random";
import { drawIndex, type PeerEndpoint, type PeerPolicy } from "./peer.ts";

const CHOICE_COUNT = 2;

export class LeastRequest implements PeerPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(endpoints: readonly PeerEndpoint[]): PeerEndpoint {
    let candidate = endpoints[drawIndex(this.#random, endpoints.length)] as PeerEndpoint;
    for (let i = 1; i < CHOICE_COUNT; i++) {
      const sampled = endpoints[drawIndex(this.#random, endpoints.length)] as PeerEndpoint;
      if (sampled.inFlight < candidate.inFlight) candidate = sampled;
    }
    return candidate;
  }
}
