/**
 * Finagle's `p2cPeakEwma`: of two different random endpoints the one with the lower load.
 *
 *   load = cost × (calls in flight + 1)
 *   cost: an average of the latency that a higher latency replaces at once, and that fades towards a lower one with the weight
 *         e^(−t / 10 s), where t is the time since it was brought up to date. A look at it counts as a latency of 0.
 *
 * An endpoint without a latency yet, and with a call in flight, costs more than any other. The latency of a call runs to its end,
 * and a failed call counts like any other.
 */

import type { Random } from "@agent-team/foundation/random";
import { drawPair, type PeerEndpoint, type PeerPolicy } from "./peer.ts";

const DECAY_MS = 10_000;
const PENALTY = Number.MAX_VALUE / 2;

export class PeakEwma implements PeerPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(endpoints: readonly PeerEndpoint[], nowMs: number): PeerEndpoint {
    const [first, second] = drawPair(this.#random, endpoints.length);
    const a = endpoints[first] as PeerEndpoint;
    const b = endpoints[second] as PeerEndpoint;
    return loadOf(b, nowMs) < loadOf(a, nowMs) ? b : a;
  }

  didEnd(endpoint: PeerEndpoint, latencyMs: number, nowMs: number): void {
    observe(endpoint, latencyMs, nowMs);
  }
}

function loadOf(endpoint: PeerEndpoint, nowMs: number): number {
  observe(endpoint, 0, nowMs);
  const { costMs, inFlight } = endpoint;
  return costMs === 0 && inFlight > 0 ? PENALTY + inFlight : costMs * (inFlight + 1);
}

function observe(endpoint: PeerEndpoint, latencyMs: number, nowMs: number): void {
  const old = Math.exp((endpoint.costAtMs - nowMs) / DECAY_MS);
  if (latencyMs > endpoint.costMs) endpoint.costMs = latencyMs;
  else endpoint.costMs = endpoint.costMs * old + latencyMs * (1 - old);
  endpoint.costAtMs = nowMs;
}
