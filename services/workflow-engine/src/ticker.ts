import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";

export interface TickerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly tick: () => Promise<void>;
}

/** Calls `tick` every `intervalMs`, never two at once. The first of several failures in a row is logged. */
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
    const { tick, logger } = this.#options;
    try {
      await tick();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) logger.warn({ err: error }, "runs could not be renewed; another engine may take them over");
      this.#hasFailed = true;
    }
    if (!this.#isStopped) this.#timer = this.#next();
  }
}
