/**
 * What the attempts on one endpoint do to its cost: the factors `slow`, `failing` and `warm-up` of its load. In: its attempts.
 * Out: factors, renewed after each outcome and by `Costs`, because they change with time as well.
 */

import type { EndpointLoad, Learner, LoadAttempt } from "../endpoint-load.ts";
import type { Outcome } from "../outcome.ts";
import { failingFactor, slowFactor } from "./cost.ts";
import { FailureRate } from "./failure-rate.ts";
import { SlowRatio, type Usual } from "./slow-ratio.ts";

/** A new endpoint begins at a tenth of its share: what it costs to fill caches and connections, others can carry. */
const LEAST_WARM_SHARE = 0.1;
/** Of an endpoint with thousands of attempts that wait, these say enough: `SlowRatio` remembers 16. */
const MAX_CENSORED = 64;

/** What an endpoint's cost needs to know of the others. */
export interface Fleet {
  /** Of the endpoints' times to the first byte; undefined before the first response. */
  readonly usual: Usual | undefined;
  /** Attempts that began before it were measured while the event loop was blocked. */
  readonly blockedUntilMs: number;
  /** Too much of the fleet is new for slow start. */
  readonly isMostlyNew: boolean;
  /** How long the share of a new endpoint grows, in ms. */
  readonly slowStartMs: number;
  /** Renews the factors from now on, until nothing changes any more. */
  run(): void;
  forget(cost: EndpointCost): void;
}

export class EndpointCost implements Learner {
  readonly load: EndpointLoad;
  readonly #fleet: Fleet;
  readonly #slow = new SlowRatio();
  readonly #failures = new FailureRate();
  #ratio = 1;
  /** Since when its share grows; undefined: it has its whole share. */
  warmSinceMs: number | undefined = undefined;
  /** When it was last one of the fleet; undefined: never. */
  lastSeenMs: number | undefined = undefined;

  constructor(load: EndpointLoad, fleet: Fleet) {
    this.load = load;
    this.#fleet = fleet;
  }

  /** Mean and variance of ln TTFB; undefined before the first observation. */
  get times(): Usual | undefined {
    const { log, variance } = this.#slow;
    return log === undefined ? undefined : { log, variance };
  }

  didStart(): void {
    this.#fleet.run();
  }

  didRespond(attempt: LoadAttempt, ttfbMs: number): void {
    if (attempt.isStream) this.#observe(attempt, ttfbMs, attempt.startedMs + ttfbMs);
  }

  didEnd(attempt: LoadAttempt, { kind, class: reached, ttfbMs }: Outcome, nowMs: number): void {
    if (kind === "ignorable") return;
    // An error's response time says nothing: servers reject within microseconds.
    if (kind === "failure") this.#slow.didFail(nowMs, this.#fleet.usual);
    else if (reached === "completed" && ttfbMs !== undefined && !attempt.isStream)
      this.#observe(attempt, ttfbMs, nowMs);
    this.#failures.didEnd(kind, nowMs);
    this.renew(nowMs);
  }

  didForget(): void {
    this.#fleet.forget(this);
  }

  /**
   * Counts attempts without response bytes: a time of `t` so far, and again at each doubling. Without it an endpoint that
   * answers nothing would never look slow. ("Censored" as in statistics: the time is known to be at least t.)
   */
  censor(nowMs: number): void {
    const { awaitingResponse, latency } = this.load;
    const { longMs } = latency;
    let attempt = awaitingResponse.first;
    if (attempt !== undefined && nowMs - attempt.startedMs > longMs) this.#slow.stillWaits(nowMs);
    for (let seen = 0; attempt !== undefined && seen < MAX_CENSORED; seen++, attempt = attempt.after) {
      const waitedMs = nowMs - attempt.startedMs;
      if (waitedMs <= longMs) return; // the next ones began later
      if (waitedMs < 2 * attempt.censoredMs) continue;
      attempt.censoredMs = waitedMs;
      this.#slow.didWait(waitedMs, nowMs);
    }
  }

  /** The endpoint has shown that it works again: it costs no more than one that fails one call of five. */
  forgive(nowMs: number): void {
    this.#failures.limitTo(0.2, nowMs);
    this.renew(nowMs);
  }

  renew(nowMs: number): void {
    const { load } = this;
    load.failureRate = this.#failures.at(nowMs);
    load.setFactor("failing", failingFactor(load.failureRate));
    this.#ratio = this.#slow.at(nowMs, this.#fleet.usual);
    load.setFactor("slow", slowFactor(this.#ratio));
    if (this.warmSinceMs !== undefined) this.#renewWarmUp(this.warmSinceMs, nowMs);
  }

  /** Whether none of its factors changes with time. */
  get isSettled(): boolean {
    return this.load.failureRate === 0 && this.#ratio === 1 && this.warmSinceMs === undefined;
  }

  /** The share grows evenly to the whole one: factor = 1 ÷ share. */
  #renewWarmUp(sinceMs: number, nowMs: number): void {
    const share = (nowMs - sinceMs) / this.#fleet.slowStartMs;
    if (share >= 1) this.warmSinceMs = undefined;
    const isWarm = share >= 1 || this.#fleet.isMostlyNew;
    this.load.setFactor("warm-up", isWarm ? 1 : 1 / Math.max(LEAST_WARM_SHARE, share));
  }

  /** An attempt that began before the event loop was blocked was measured with the block. */
  #observe({ startedMs }: LoadAttempt, ttfbMs: number, nowMs: number): void {
    if (startedMs >= this.#fleet.blockedUntilMs) this.#slow.didRespond(ttfbMs, nowMs);
  }
}
