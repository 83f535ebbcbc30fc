/**
 * The deadlines of all calls of a channel, or of a server, on one timer. In: entries with a deadline. Out: `onDeadline`, once, never
 * early and at most two slots late: one until the deadline's own slot ends, one until the timer runs.
 *
 * A timer of its own costs a call more than its pick does. Here a deadline costs an entry in a list. A slot is 10 ms: no
 * deadline across a network is finer. 512 slots (5.12 s) are few enough to look through; an entry of a minute is passed
 * over a dozen times.
 *
 * The timer is set for the first deadline, or for the end of a turn of the wheel before that. When the wheel becomes empty the timer stays,
 * and ceases to keep the process running: the next entry mostly has a later deadline, and needs no timer then. A service that
 * makes a call now and then is not woken for each, and a wheel that is used no more has no timer after a turn.
 */

import type { Clock, ClockTimer } from "@agent-team/foundation/clock";

const SLOT_MS = 10;
const SLOTS = 512;

/** What has a deadline. The wheel links entries through these fields and owns them. */
export interface DeadlineEntry {
  /** On the scale of the clock; Infinity is none. */
  readonly deadlineMs: number;
  /** The wheel's own. `OUTSIDE_WHEEL` at first. */
  wheelSlot: number;
  /** The wheel's own. */
  wheelIndex: number;
  /** The deadline has passed. */
  onDeadline(): void;
}

/** Value of `wheelSlot` of an entry that is in no wheel. */
export const OUTSIDE_WHEEL = -1;

/** Deadlines on one timer: see the head of this file. */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #slots: DeadlineEntry[][] = Array.from({ length: SLOTS }, () => []);
  #size = 0;
  /** It keeps the process running, as a call in flight does, while the wheel has entries. */
  #timer: ClockTimer | undefined;
  /** Number of the last slot that has been looked at. Numbers go on after the wheel's end: a slot holds every 512th. */
  #tick = 0;
  /** Number of the slot for which the timer is set. */
  #dueTick = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Infinity is no deadline. One that has passed already fires at the next slot, not now.
   * @throws RangeError for NaN, which is in no slot and would keep the timer running.
   */
  add(entry: DeadlineEntry): void {
    if (entry.deadlineMs === Number.POSITIVE_INFINITY) return;
    if (Number.isNaN(entry.deadlineMs)) throw new RangeError("a deadline: expected an instant in ms, got NaN");
    if (this.#size++ === 0) this.#timer?.ref();
    const tick = Math.max(this.#tick + 1, Math.ceil(entry.deadlineMs / SLOT_MS));
    const slot = this.#slots[tick % SLOTS] as DeadlineEntry[];
    entry.wheelSlot = tick % SLOTS;
    entry.wheelIndex = slot.length;
    slot.push(entry);
    if (this.#timer === undefined || tick < this.#dueTick) this.#wakeAt(tick);
  }

  /** Idempotent. */
  remove(entry: DeadlineEntry): void {
    if (entry.wheelSlot === OUTSIDE_WHEEL) return;
    const slot = this.#slots[entry.wheelSlot] as DeadlineEntry[];
    // The last of the slot takes the free place: order within a slot means nothing.
    const last = slot.pop() as DeadlineEntry;
    if (last !== entry) {
      slot[entry.wheelIndex] = last;
      last.wheelIndex = entry.wheelIndex;
    }
    entry.wheelSlot = OUTSIDE_WHEEL;
    if (--this.#size === 0) this.#timer?.unref();
  }

  /** Cancels the timer of a wheel without entries, which would run once more. For an owner that ends. */
  stopIdle(): void {
    if (this.#size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wakeAt(tick: number): void {
    this.#timer?.cancel();
    const now = this.#clock.now();
    this.#dueTick = Math.min(tick, Math.floor(now / SLOT_MS) + SLOTS);
    const delayMs = Math.max(0, Math.ceil(this.#dueTick * SLOT_MS - now));
    this.#timer = this.#clock.setTimer(delayMs, () => this.#advance());
  }

  #advance(): void {
    const now = this.#clock.now();
    const until = Math.floor(now / SLOT_MS);
    // A blocked event loop may have missed more than a turn of the wheel; once around sees every entry.
    const first = Math.max(this.#tick + 1, until - SLOTS + 1);
    this.#tick = until;
    this.#timer = undefined;
    for (let tick = first; tick <= until; tick++) this.#expire(this.#slots[tick % SLOTS] as DeadlineEntry[], now);
    if (this.#size === 0) return;
    const next = this.#nextTick();
    // An entry that expired may have added one, and set the timer for that.
    if (this.#timer === undefined || next < this.#dueTick) this.#wakeAt(next);
  }

  #nextTick(): number {
    let tick = this.#tick + 1;
    while (this.#slots[tick % SLOTS]?.length === 0) tick++;
    return tick;
  }

  #expire(slot: DeadlineEntry[], now: number): void {
    if (slot.length === 0) return;
    for (const entry of slot.filter((entry) => entry.deadlineMs <= now)) {
      if (entry.wheelSlot === OUTSIDE_WHEEL) continue; // removed by an entry that expired before it
      this.remove(entry);
      entry.onDeadline();
    }
  }
}
