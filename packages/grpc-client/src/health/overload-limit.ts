/**
 * Bounds the calls in flight on an endpoint that says it is overloaded. In: outcomes with pushback. Out: `maxInFlight` of its load.
 *
 *   pushback: limit = max(1, 0.7 × in flight);  as many successes as the limit: + 1;  60 s without pushback: none
 *
 * Only pushback counts (`grpc-retry-pushback-ms`). A bare RESOURCE_EXHAUSTED is as often the quota of one caller, and must
 * not slow down the others.
 */

import type { EndpointLoad, Learner, LoadAttempt } from "../endpoint-load.ts";
import type { Outcome } from "../outcome.ts";

const DECREASE = 0.7;
const QUIET_MS = 60_000;

export class OverloadLimit implements Learner {
  readonly #load: EndpointLoad;
  readonly #onRoom: () => void;
  #successes = 0;
  #pushedBackMs = 0;

  /** `onRoom` is called when a call ends on an endpoint with a limit: another one may go there. */
  constructor(load: EndpointLoad, onRoom: () => void) {
    this.#load = load;
    this.#onRoom = onRoom;
  }

  didStart(): void {}

  didRespond(): void {}

  didEnd(_attempt: LoadAttempt, { kind, pushback }: Outcome, nowMs: number): void {
    if (pushback) this.#didPushBack(nowMs);
    if (this.#load.maxInFlight === Number.POSITIVE_INFINITY) return;
    if (nowMs - this.#pushedBackMs > QUIET_MS) this.#load.maxInFlight = Number.POSITIVE_INFINITY;
    else if (kind === "success") this.#didSucceed();
    this.#onRoom();
  }

  /** The attempt that was pushed back was in flight, too. */
  #didPushBack(nowMs: number): void {
    const load = this.#load;
    load.maxInFlight = Math.min(load.maxInFlight, Math.max(1, Math.floor(DECREASE * (load.inFlight + 1))));
    this.#pushedBackMs = nowMs;
    this.#successes = 0;
  }

  #didSucceed(): void {
    if (++this.#successes < this.#load.maxInFlight) return;
    this.#load.maxInFlight++;
    this.#successes = 0;
  }
}
