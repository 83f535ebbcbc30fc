/**
 * The cost of a call on an endpoint. The balancer picks the endpoint with the lowest cost.
 *
 *   cost = (in flight + distance + f × busiest + 1) × factor
 *   factor = zone × weight × slow × failing × warm-up;  slow = r √(r ÷ 1.5);  failing = 1 + 5 f + 50 f²
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

/** `SlowRatio` reports no smaller ratio than this but 1: equal endpoints differ by chance. */
const LEAST_SLOW_RATIO = 1.5;

/**
 * The factor `slow` of an endpoint that is `ratio` times slower than the median. By the ratio itself an idle endpoint ten times slower would
 * always have a call while each other one has ten in flight: 0.7 % of the calls, and p99 would be the slow endpoint's. By the square of the
 * ratio the endpoint would be asked so rarely that it stays without calls for half a minute after its recovery; by its power of 1.5 from 1
 * on, equal endpoints whose times scatter would share calls unevenly. `npm run simulate`: a share after the first second of 0.67, 0.29
 * and 0 % by ratio, this and square in `slow-of-three-busy`; a skew of 1.09, 1.09 and 1.15 by ratio, this and power in `scattered-times`.
 */
export function slowFactor(ratio: number): number {
  return ratio * Math.sqrt(Math.max(1, ratio / LEAST_SLOW_RATIO));
}

/** The factor `failing`. */
export function failingFactor(failureRate: number): number {
  return 1 + 5 * failureRate + 50 * failureRate * failureRate;
}
