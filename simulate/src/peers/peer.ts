/** What the peers' policies have in common: endpoints with their counters, and the choice of one. */

import type { Random } from "@agent-team/foundation/random";
import type { Server } from "../world/world.ts";

/** One endpoint as a client sees it. It is kept while discovery lists it. */
export class PeerEndpoint {
  readonly server: Server;
  /** Calls from their pick to their end. */
  inFlight = 0;
  /** PeakEWMA's average of the latency, in ms, and when it was last brought up to date. */
  costMs = 0;
  costAtMs = 0;
  /** Outlier detection's counters of the current interval. */
  successes = 0;
  failures = 0;

  constructor(server: Server) {
    this.server = server;
  }
}

/** A balancing policy. It is asked with at least one endpoint. */
export interface PeerPolicy {
  pick(endpoints: readonly PeerEndpoint[], nowMs: number): PeerEndpoint;
  /** The call ended `latencyMs` after its pick. */
  didEnd?(endpoint: PeerEndpoint, latencyMs: number, nowMs: number): void;
  /** The endpoints that may be picked have changed. */
  didChange?(): void;
}

export type CreatePeerPolicy = (random: Random) => PeerPolicy;

/** A whole number from 0 to `count` − 1. */
export function drawIndex(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** Two different indexes, if there are two. */
export function drawPair(random: Random, count: number): readonly [number, number] {
  const first = drawIndex(random, count);
  if (count === 1) return [first, first];
  const second = drawIndex(random, count - 1);
  return [first, second >= first ? second + 1 : second];
}
