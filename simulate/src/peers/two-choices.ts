/** The power of two choices: of two different random endpoints the one with fewer calls in flight, as Finagle's `p2c`. */

import type { Random } from "@agent-team/foundation/random";
import { drawPair, type PeerEndpoint, type PeerPolicy } from "./peer.ts";

export class TwoChoices implements PeerPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(endpoints: readonly PeerEndpoint[]): PeerEndpoint {
    const [first, second] = drawPair(this.#random, endpoints.length);
    const a = endpoints[first] as PeerEndpoint;
    const b = endpoints[second] as PeerEndpoint;
    return b.inFlight < a.inFlight ? b : a;
  }
}
