import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Logger } from "../logger.ts";

/** Options of a `Ticker`. */
export interface TickerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** From the end of one tick to the next one, in ms. */
  readonly intervalMs: number;
  /** The work. It is not called again before it has settled. */
  readonly tick: () => Promise<void>;
  /** Logged with the first of several failures in a row. */
  readonly onFailure: string;
}

/** Calls `tick` again and again, never two at once, until it is stopped. It does not keep the process running. */
export class Ticker {
  readonly #options: TickerOptions;
  #timer: Timer;
  #isStopped = false;
  #hasFailed = false;

  constructor(options: TickerOptions) {
    this.#options = options;
    this.#timer = this.#next();
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#timer.cancel();
  }

  #next(): Timer {
    const { clock, intervalMs } = this.#options;
    return clock.setTimer(intervalMs, () => void this.#tick(), { unref: true });
  }

  async #tick(): Promise<void> {
    const { tick, logger, onFailure } = this.#options;
    try {
      await tick();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) logger.warn({ err: error }, onFailure);
      this.#hasFailed = true;
    }
    if (!this.#isStopped) this.#timer = this.#next();
  }
}
