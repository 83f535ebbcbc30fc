/**
 * Shares of calls by weight. RFC 2782: "Larger weights SHOULD be given a proportionately higher probability of being selected."
 *
 *   price = (in flight + E) × zone ÷ weight        E: drawn anew for each endpoint, exponential with mean 1
 *
 * Among idle endpoints the least E ÷ weight is that of endpoint i with the probability weight i ÷ Σ weights, as the
 * RFC demands. With many calls in flight the draw no longer matters, and each endpoint has calls in flight in proportion to its
 * weight; the cost of an endpoint that hangs rises as it does without weights.
 */

import type { Random } from "@agent-team/foundation/random";
import type { Endpoint } from "../endpoint.ts";

/** RFC 2782: beside larger ones, weight 0 has "a very small chance of being selected". */
const ZERO_SHARE = 0.01;

/** The factor of each endpoint, in the same order. Undefined when all weights are equal, as in Cloud Map's records. */
export function weightFactors(endpoints: readonly Endpoint[]): Float64Array | undefined {
  const weights = endpoints.map(({ weight = 1 }) => weight);
  if (weights.every((weight) => weight === weights[0])) return undefined;
  const least = Math.min(...weights.filter((weight) => weight > 0));
  return Float64Array.from(weights, (weight) => least / (weight > 0 ? weight : ZERO_SHARE * least));
}

/** The load to pass to `cost`, which adds 1: in flight + E − 1. */
export function drawnLoad(inFlight: number, random: Random): number {
  return inFlight - Math.log(1 - random()) - 1;
}
