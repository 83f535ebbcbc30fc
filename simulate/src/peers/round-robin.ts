/**
 * gRPC's `round_robin`: one endpoint after the other. A new list begins at a random endpoint, so that clients that start together
 * do not all begin with the same one.
 */

import type { Random } from "@agent-team/foundation/random";
import { drawIndex, type PeerEndpoint, type PeerPolicy } from "./peer.ts";

export class RoundRobin implements PeerPolicy {
  readonly #random: Random;
  #next: number | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(endpoints: readonly PeerEndpoint[]): PeerEndpoint {
    const at = (this.#next ?? drawIndex(this.#random, endpoints.length)) % endpoints.length;
    this.#next = at + 1;
    return endpoints[at] as PeerEndpoint;
  }

  didChange(): void {
    this.#next = undefined;
  }
}
