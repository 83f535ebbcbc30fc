import type { Clock } from "@agent-team/foundation/clock";

/** Calls that a gateway's users may leave at the same moment: more than twice all that one connection may have open. */
const BURST = 10_000;

/** Calls that they may leave each second, all the time. A gateway task starts a few hundred a second at most. */
const PER_SECOND = 1_000;

/**
 * How many streams the client of one connection may still reset. A reset is cheap for a client and not for a server
 * (CVE-2023-44487, "rapid reset"), so above the rate new streams are refused before a handler runs. Streams that are
 * open are never touched: on a gateway's connection they belong to other people.
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
    // A debt of one burst at most: when the resets end, service begins again within seconds.
    this.#tokens = Math.max(-BURST, this.#tokens - 1);
  }

  #refill(): void {
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((nowMs - this.#countedMs) / 1_000) * PER_SECOND);
    this.#countedMs = nowMs;
  }
}
