/**
 * The cost of a call on an endpoint. The balancer picks the endpoint with the lowest cost.
 *
 *   cost = (in flight + distance + f × busiest + 1) × factor
 *   factor = zone × weight × slow × failing × warm-up;  failing = 1 + 5 f + 50 f²
 *
 * `in flight` counts calls until the end of their stream, so a long stream counts as long as it lasts, and the cost of an
 * endpoint that hangs rises. The + 1 is the call that is being picked: without it an idle remote endpoint would cost as little
 * as an idle local one.
 *
 * `distance` is 0 in the client's zone and `REMOTE_CALLS` in others (`zone.ts`).
 *
 * `f` is the endpoint's failure rate. An endpoint that fails calls at once has few of them in flight and looks idle: without a
 * penalty it would attract most calls. Failures shorten the time in flight by a share f, and the factor outweighs that:
 * (1 + 5 f + 50 f²) × (1 − f) is above 1 up to f = 0.98. Above that, `busiest`, the most calls in flight on any endpoint, is
 * decisive: an endpoint that fails every call costs more than each of the others, however many calls are in flight.
 */
export function cost(inFlight: number, factor: number): number {
  return (inFlight + 1) * factor;
}

/** The factor `failing`. */
export function failingFactor(failureRate: number): number {
  return 1 + 5 * failureRate + 50 * failureRate * failureRate;
}
