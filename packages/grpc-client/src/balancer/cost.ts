/**
 * What a call costs on an endpoint: the balancer takes the cheapest.
 *
 *   cost = (in flight + 1) × factor         factor: zone × weight
 *
 * `in flight` counts calls until the end of their stream, so that long streams weigh as long as they last, and an
 * endpoint that hangs prices itself out. The + 1 is the call that is being placed: without it an idle remote endpoint
 * would cost as little as an idle local one.
 */
export function cost(inFlight: number, factor: number): number {
  return (inFlight + 1) * factor;
}

/**
 * What it costs on an endpoint that has failed at the rate `f`:
 *
 *   cost = (in flight + f × busiest + 1) × (1 + 5 f + 50 f²) × factor
 *
 * A host that fails at once has never much in flight, which makes it look idle: with equal costs it would draw most of
 * the calls. The factor outweighs what failures take from its time in flight, a share f of it: (1 + 5 f + 50 f²) × (1 − f)
 * is above 1 up to f = 0.98. Above that it is `busiest` that holds, the most in flight on any endpoint: a host that fails
 * every call costs more than each of the others, however many calls are in flight.
 */
export function costOfFailing(inFlight: number, factor: number, f: number, busiest: number): number {
  return cost(inFlight + f * busiest, factor) * (1 + 5 * f + 50 * f * f);
}
