import type { Clock, Timer } from "@agent-team/grpc-client";
import type { CheckFailure } from "./http-check.ts";

/** `initial`: it has neither passed once nor failed often enough. */
export type Health = "initial" | "healthy" | "unhealthy";

export interface HealthCheckOptions {
  /** Checks once. Undefined: passed. */
  readonly check: () => Promise<CheckFailure | undefined>;
  /** Between the end of one check and the start of the next. */
  readonly intervalMs: number;
  /** Passes in a row that turn `unhealthy`. The first check of all needs one. */
  readonly healthyThreshold: number;
  /** Failures in a row that turn `initial` and `healthy`. */
  readonly unhealthyThreshold: number;
  readonly clock: Clock;
  /** Called after each change of `health`. */
  readonly onChange: () => void;
}

/**
 * Checks one task again and again, from its construction until it is closed.
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
  /** Results in a row that were like the last one. */
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

  /** Why it is unhealthy: what its last failed check found. Undefined while it is not. */
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
    this.#learn(failure);
    // A listener may have closed it.
    if (!this.#closed) this.#timer = clock.setTimer(intervalMs, () => void this.#check(), { unref: true });
  }

  #learn(failure: CheckFailure | undefined): void {
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
