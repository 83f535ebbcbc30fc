/**
 * Whether and when an attempt gets a hedge: a second attempt of the same call on another endpoint, while the first has no response
 * yet. The first answer wins. In: calls and outcomes. Out: a delay, and permission. Opt in, for idempotent unary calls.
 *
 * A hedge costs load, so three bounds hold: one hedge for twenty calls, a token of the retry budget each, and none while more than
 * one in twenty attempts fails. Then endpoints fail, and are not only slow.
 */

import type { FleetLatency } from "../fleet-latency.ts";
import type { OutcomeKind } from "../outcome.ts";
import type { RetryPermits } from "./retry-permits.ts";

/** The delay is at least this, so that fast methods do not hedge because of noise. */
const MIN_DELAY_MS = 10;
/** Share of calls that may have a hedge. */
const MAX_SHARE = 0.05;
/** Above this share of failed attempts there are no hedges. */
const MAX_FAILURE_RATE = 0.05;
/** Attempts over which that share is a mean. */
const MEMORY = 100;
/** Unused permission for this many hedges is kept: a burst of slow calls after a quiet time stays small. */
const MAX_CREDIT = 10;

export class Hedging {
  readonly #latency: Pick<FleetLatency, "p95Ms">;
  readonly #permits: RetryPermits;
  #credit = 0;
  #failureRate = 0;

  constructor(latency: Pick<FleetLatency, "p95Ms">, permits: RetryPermits) {
    this.#latency = latency;
    this.#permits = permits;
  }

  /** A call that may have a hedge begins. Returns the time after which, in ms; undefined while too few response times are known. */
  didStart(): number | undefined {
    this.#credit = Math.min(MAX_CREDIT, this.#credit + MAX_SHARE);
    const { p95Ms } = this.#latency;
    return p95Ms === undefined ? undefined : Math.max(p95Ms, MIN_DELAY_MS);
  }

  /** An attempt has ended. */
  didEnd(kind: OutcomeKind): void {
    if (kind === "ignorable") return;
    this.#failureRate += ((kind === "failure" ? 1 : 0) - this.#failureRate) / MEMORY;
  }

  get mayHedge(): boolean {
    return this.#credit >= 1 && this.#failureRate <= MAX_FAILURE_RATE && this.#permits.balance >= 1;
  }

  /** A hedge begins. */
  didHedge(method: string): void {
    this.#permits.tryWithdraw(1, method);
    this.#credit -= 1;
  }
}
