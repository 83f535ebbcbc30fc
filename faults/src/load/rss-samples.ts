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
      const bytes = readRss();
      if (bytes !== undefined) this.samples.push({ atMs: this.#clock.now() - this.#startMs, bytes });
      this.#timer = this.#schedule();
    });
  }
}

/** Undefined while the process cannot open a file, which is what the scenario `fd-limit` is about. */
function readRss(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}
