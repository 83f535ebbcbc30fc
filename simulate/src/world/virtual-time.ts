/**
 * Time that moves from event to event. In: callbacks with a delay. Out: each callback at its own instant. As a `Clock` it is
 * the time of the real channels; hosts and arrivals use the same queue. `FakeClock` looks through all its timers to
 * find the next one; this queue is a heap, because a run has hundreds of thousands of events.
 */

import type { Clock, ClockTimer } from "@agent-team/foundation/clock";
import { Heap, type HeapItem } from "./heap.ts";

/** 2026-01-01T00:00:00Z. Fixed, so that two runs are equal. */
const WALL_START_MS = 1_767_225_600_000;

class PendingEvent implements HeapItem, ClockTimer {
  readonly key: number;
  order = 0;
  callback: (() => void) | undefined;

  constructor(dueMs: number, callback: () => void) {
    this.key = dueMs;
    this.callback = callback;
  }

  cancel(): void {
    this.callback = undefined;
  }

  /** A simulation ends at an instant of its own. */
  ref(): void {}

  unref(): void {}
}

export class VirtualTime implements Clock {
  readonly #events = new Heap<PendingEvent>();
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return WALL_START_MS + this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): ClockTimer {
    if (Number.isNaN(delayMs)) throw new RangeError("a timer's delay: expected milliseconds, got NaN");
    const event = new PendingEvent(this.#nowMs + Math.max(0, delayMs), callback);
    if (delayMs < Number.POSITIVE_INFINITY) this.#events.push(event);
    return event;
  }

  /** Runs what is due until then. For code without promises and microtasks. */
  run(untilMs: number): void {
    while (this.#runNext(untilMs));
    this.#nowMs = untilMs;
  }

  /** Runs what is due until then, and lets promises and microtasks settle after each event. */
  async runSettled(untilMs: number): Promise<void> {
    await nextTick();
    await nextTick();
    while (this.#runNext(untilMs)) await nextTick();
    this.#nowMs = untilMs;
  }

  #runNext(untilMs: number): boolean {
    const event = this.#events.first;
    if (event === undefined || event.key > untilMs) return false;
    this.#events.pop();
    const { callback } = event;
    if (callback === undefined) return true;
    this.#nowMs = event.key;
    callback();
    return true;
  }
}

/** For a caller inside a microtask: resolves when no other microtask is left, because a tick comes when their queue is empty. */
function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
