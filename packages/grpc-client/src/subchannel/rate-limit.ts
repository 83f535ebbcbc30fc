/** A token bucket: a burst at once, and a rate in the long run. */

import type { Clock } from "@agent-team/foundation/clock";

export interface Rate {
  /** Tokens that may be taken at once, after a time without any. */
  readonly burst: number;
  readonly perSecond: number;
}

export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #tokens: number;
  #sinceMs: number;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#sinceMs = clock.now();
  }

  /** Takes a token if one is left. */
  tryTake(): boolean {
    const nowMs = this.#clock.now();
    const gained = ((nowMs - this.#sinceMs) * this.#rate.perSecond) / 1_000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#sinceMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
