/** Time that stands still until a test moves it. */

import type { Clock, ClockTimer } from "./clock.ts";

interface PendingTimer {
  readonly dueMs: number;
  readonly callback: () => void;
  isRef: boolean;
}

/**
 * Timers run in the order in which they are due, each at its own instant: a callback that reads `now()` sees the time
 * it was set for, and a timer that it sets within the advanced span runs in the same advance.
 */
export class FakeClock implements Clock {
  readonly #wallStartMs: number;
  readonly #timers = new Set<PendingTimer>();
  #nowMs = 0;

  /** `wallStartMs`: what `wallNow()` says before the first advance. Default: 2026-01-01T00:00:00Z. */
  constructor(wallStartMs = 1_767_225_600_000) {
    this.#wallStartMs = wallStartMs;
  }

  /** Timers that are set and have neither run nor been cancelled. A clean teardown leaves 0. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Those of them that keep the process running. */
  get refTimers(): number {
    let refTimers = 0;
    for (const { isRef } of this.#timers) if (isRef) refTimers++;
    return refTimers;
  }

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return this.#wallStartMs + this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void, options?: { readonly unref?: boolean }): ClockTimer {
    const isRef = options?.unref !== true;
    const timer: PendingTimer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback, isRef };
    this.#timers.add(timer);
    return {
      cancel: () => void this.#timers.delete(timer),
      ref() {
        timer.isRef = true;
      },
      unref() {
        timer.isRef = false;
      },
    };
  }

  /** Lets `ms` pass without a timer, as in a process whose event loop is blocked: those that are due run in the next advance, late. */
  block(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves time on by `ms` and runs what becomes due. What timers leave to promises runs after the return: see `advanceAsync`. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#runNext(untilMs));
    this.#nowMs = untilMs;
  }

  /** Like `advance`, but lets promises settle before the first timer and after each one, as they would in real time. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    while (this.#runNext(untilMs)) await settle();
    this.#nowMs = untilMs;
  }

  #runNext(untilMs: number): boolean {
    const next = this.#nextDue();
    if (next === undefined || next.dueMs > untilMs) return false;
    this.#timers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.callback();
    return true;
  }

  /** A set keeps the order of insertion, so that of two timers due at one instant the older runs first. */
  #nextDue(): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    return next;
  }
}

/**
 * Resolves when no microtask is left. A tick that is asked for inside a microtask comes when the queue is empty; the first
 * of the two brings us inside.
 */
async function settle(): Promise<void> {
  await nextTick();
  await nextTick();
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
