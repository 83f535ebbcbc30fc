import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { RssSample } from "./records.ts";

const EVERY_MS = 1_000;

/** The resident memory of this process, once a second. */
export class RssSamples {
  readonly samples: RssSample[] = [];
  readonly #clock: Clock;
  readonly #startMs: number;
  #timer: Timer;

  constructor(clock: Clock, startMs: number) {
    this.#clock = clock;
    this.#startMs = startMs;
    this.#timer = this.#schedule();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #schedule(): Timer {
    return this.#clock.setTimer(EVERY_MS, () => {
      this.samples.push({ atMs: this.#clock.now() - this.#startMs, bytes: process.memoryUsage.rss() });
      this.#timer = this.#schedule();
    });
  }
}
