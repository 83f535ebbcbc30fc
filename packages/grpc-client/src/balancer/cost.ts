/**
 * What a call costs on an endpoint: the balancer takes the cheapest.
 *
 *   cost = (in flight + 1) × zone
 *
 * `in flight` counts calls until the end of their stream, so that long streams weigh as long as they last, and an
 * endpoint that hangs prices itself out. The + 1 is the call that is being placed: without it an idle remote endpoint
 * would cost as little as an idle local one.
 */
export function cost(inFlight: number, zoneFactor: number): number {
  return (inFlight + 1) * zoneFactor;
}
