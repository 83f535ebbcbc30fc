import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Logger } from "../logger.ts";

/** State with a lifetime of a day is removed at most an hour late. */
const SWEEP_EVERY_MS = 3_600_000;

/** Options of a `Sweeper`. */
export interface SweeperOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Removes expired state; resolves to the number of removed items. */
  readonly sweep: () => Promise<number>;
}

/**
 * Removes expired state once an hour; the first time an hour after the start, when the task has started its other work.
 * After a failure the next sweep comes an hour later. Any number of instances may sweep the same state.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #timer: Timer;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#timer = this.#next();
  }

  /** Idempotent. */
  stop(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    return this.#options.clock.setTimer(SWEEP_EVERY_MS, () => void this.#sweep(), { unref: true });
  }

  async #sweep(): Promise<void> {
    const { sweep, logger } = this.#options;
    this.#timer = this.#next();
    try {
      const removed = await sweep();
      if (removed > 0) logger.info({ removed }, "removed expired state");
    } catch (error) {
      logger.warn({ err: error }, "expired state could not be removed");
    }
  }
}
