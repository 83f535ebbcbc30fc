import type { Clock } from "@agent-team/foundation/clock";

/** Resets at one moment: more than twice the streams that one connection may have open. */
const BURST = 10_000;

/** Resets each second, all the time. A gateway task starts a few hundred calls a second at most. */
const PER_SECOND = 1_000;

/**
 * The number of streams that the client of one connection may still reset. A reset is cheap for a client and expensive
 * for a server (CVE-2023-44487, "rapid reset"), so above the rate new streams are refused before a handler runs. Open
 * streams always continue: on a gateway's connection they belong to other users.
 */
export class ResetBudget {
  readonly #clock: Clock;
  #tokens = BURST;
  #countedMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedMs = clock.now();
  }

  /** Whether the rate has been exceeded. */
  get isSpent(): boolean {
    this.#refill();
    return this.#tokens < 1;
  }

  didReset(): void {
    this.#refill();
    // The debt is one burst at most, so new streams are accepted again within seconds after the last reset.
    this.#tokens = Math.max(-BURST, this.#tokens - 1);
  }

  #refill(): void {
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((nowMs - this.#countedMs) / 1_000) * PER_SECOND);
    this.#countedMs = nowMs;
  }
}
