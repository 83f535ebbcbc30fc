/**
 * How fast waiting calls are placed after an outage: 8, and twice as many in each further 250 ms. A server that has just come back
 * would get everything that all its clients have collected meanwhile at once, and fall again.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";

const FIRST_CALLS = 8;
const STEP_MS = 250;
/** By then 16,376 calls have been placed, more than wait by default. */
const LAST_CALLS = 8_192;

export class Ramp {
  readonly #clock: Clock;
  readonly #onRoom: () => void;
  #left = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  /** `onRoom`: more calls may be placed. */
  constructor(clock: Clock, onRoom: () => void) {
    this.#clock = clock;
    this.#onRoom = onRoom;
  }

  get hasRoom(): boolean {
    return this.#left > 0;
  }

  didPlace(): void {
    this.#left--;
  }

  begin(): void {
    this.end();
    this.#allow(FIRST_CALLS);
  }

  /** There is no limit any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#left = Number.POSITIVE_INFINITY;
  }

  #allow(calls: number): void {
    this.#left = calls;
    this.#timer = this.#clock.setTimer(STEP_MS, () => {
      if (calls < LAST_CALLS) this.#allow(2 * calls);
      else this.end();
      this.#onRoom();
    });
  }
}
