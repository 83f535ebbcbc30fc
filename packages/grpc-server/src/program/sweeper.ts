import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Logger } from "../logger.ts";

/** Often enough that what has a lifetime of a day is gone after an hour more. */
const SWEEP_EVERY_MS = 3_600_000;

/** Options of a `Sweeper`. */
export interface SweeperOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Removes what is too old; resolves to how much that was. */
  readonly sweep: () => Promise<number>;
}

/**
 * Removes old state once an hour, first after an hour: a task that starts has other things to do. A failure waits for the next
 * time. Any number of instances may sweep the same state.
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
      if (removed > 0) logger.info({ removed }, "removed what was kept for its time");
    } catch (error) {
      logger.warn({ err: error }, "what was kept for its time could not be removed");
    }
  }
}
