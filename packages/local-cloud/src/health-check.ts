import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { CheckFailure } from "./http-check.ts";

/** `initial`: neither a pass nor `unhealthyThreshold` failures yet. */
export type Health = "initial" | "healthy" | "unhealthy";

export interface HealthCheckOptions {
  /** Runs one check. Resolves to undefined when it passed. */
  readonly check: () => Promise<CheckFailure | undefined>;
  /** From the end of one check to the start of the next. */
  readonly intervalMs: number;
  /** Consecutive passes that end `unhealthy`. `initial` ends with the first pass. */
  readonly healthyThreshold: number;
  /** Consecutive failures that end `initial` and `healthy`. */
  readonly unhealthyThreshold: number;
  readonly clock: Clock;
  /** Called after each change of `health`. */
  readonly onChange: () => void;
}

/**
 * Checks one task repeatedly, from its construction until `close`.
 *
 *              a pass                    failures
 *   initial ────────────► healthy ◄──────────────────────► unhealthy
 *      │                               passes                  ▲
 *      └───────────────────failures────────────────────────────┘
 */
export class HealthCheck {
  readonly #options: HealthCheckOptions;
  #health: Health = "initial";
  #failure: CheckFailure | undefined;
  /** Consecutive results equal to the last one. */
  #streak = 0;
  #lastPassed: boolean | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
    void this.#check();
  }

  get health(): Health {
    return this.#health;
  }

  /** The finding of the last failed check while the task is unhealthy; otherwise undefined. */
  get failure(): CheckFailure | undefined {
    return this.#health === "unhealthy" ? this.#failure : undefined;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #check(): Promise<void> {
    const { check, clock, intervalMs } = this.#options;
    const failure = await check();
    if (this.#closed) return;
    this.#record(failure);
    // `onChange` may have closed it.
    if (!this.#closed) this.#timer = clock.setTimer(intervalMs, () => void this.#check(), { unref: true });
  }

  #record(failure: CheckFailure | undefined): void {
    const { healthyThreshold, unhealthyThreshold, onChange } = this.#options;
    const passed = failure === undefined;
    this.#streak = passed === this.#lastPassed ? this.#streak + 1 : 1;
    this.#lastPassed = passed;
    if (!passed) this.#failure = failure;
    const previous = this.#health;
    if (passed && (previous === "initial" || this.#streak >= healthyThreshold)) this.#health = "healthy";
    if (!passed && this.#streak >= unhealthyThreshold) this.#health = "unhealthy";
    if (this.#health !== previous) onChange();
  }
}
