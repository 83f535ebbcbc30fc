/**
 * Permission for retries and hedges of a channel: a token of the target's budget for each. When the budget refuses, an event says
 * so, at most one in ten seconds: under a total outage every call would emit one.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { ChannelEvents } from "../events.ts";
import type { RetryBudget } from "./retry-budget.ts";

const EVENT_INTERVAL_MS = 10_000;

export class RetryPermits {
  readonly #budget: RetryBudget;
  readonly #clock: Clock;
  readonly #events: ChannelEvents;
  #nextEventMs = Number.NEGATIVE_INFINITY;
  #refused = 0;

  constructor(budget: RetryBudget, clock: Clock, events: ChannelEvents) {
    this.#budget = budget;
    this.#clock = clock;
    this.#events = events;
  }

  get balance(): number {
    return this.#budget.balance;
  }

  /** A first attempt succeeded. */
  deposit(): void {
    this.#budget.deposit();
  }

  /** `method` is the path of the call, for the event. */
  tryWithdraw(tokens: number, method: string): boolean {
    if (tokens === 0 || this.#budget.tryWithdraw(tokens)) return true;
    this.#refused++;
    this.#report(method);
    return false;
  }

  #report(method: string): void {
    const now = this.#clock.now();
    if (now < this.#nextEventMs) return;
    this.#nextEventMs = now + EVENT_INTERVAL_MS;
    const refused = this.#refused;
    this.#refused = 0;
    this.#events.emit(() => ({ type: "retry-budget-exhausted", method, refused }));
  }
}
