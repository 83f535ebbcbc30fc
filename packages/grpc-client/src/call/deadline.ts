/**
 * The deadlines of all calls of a channel on one timer. In: entries with a deadline. Out: `onDeadline`, once, never
 * early and at most two slots late: up to one until the deadline's own slot ends, up to one until the timer comes by.
 *
 * A timer per call costs more than its pick. A hashed wheel costs two assignments: 10 ms are the finest step that a gRPC
 * deadline across a network can mean anything by, and 512 slots (5.12 s) are few enough to look through and many enough
 * that an entry of a minute is passed over a dozen times.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";

const SLOT_MS = 10;
const SLOTS = 512;

/** What has a deadline. The wheel links entries through these fields and owns them. */
export interface DeadlineEntry {
  readonly deadlineMs: number;
  wheelSlot: number;
  wheelIndex: number;
  onDeadline(): void;
}

/** Value of `wheelSlot` of an entry that is in no wheel. */
export const OUTSIDE_WHEEL = -1;

export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #slots: DeadlineEntry[][] = Array.from({ length: SLOTS }, () => []);
  #size = 0;
  #timer: Timer | undefined;
  /** Number of the tick up to which all slots have been looked at. */
  #tick = 0;

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
    if (this.#size++ === 0) this.#start();
    const tick = Math.max(this.#tick + 1, Math.ceil(entry.deadlineMs / SLOT_MS));
    const slot = this.#slots[tick % SLOTS] as DeadlineEntry[];
    entry.wheelSlot = tick % SLOTS;
    entry.wheelIndex = slot.length;
    slot.push(entry);
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
    if (--this.#size === 0) this.#stop();
  }

  #start(): void {
    this.#tick = Math.floor(this.#clock.now() / SLOT_MS);
    this.#schedule();
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Ticks run only while an entry waits: an idle channel has no timer. */
  #schedule(): void {
    this.#timer = this.#clock.setTimer(SLOT_MS, () => this.#advance());
  }

  #advance(): void {
    const now = this.#clock.now();
    const until = Math.floor(now / SLOT_MS);
    // A blocked event loop may have missed more than a turn of the wheel; once around sees every entry.
    const first = Math.max(this.#tick + 1, until - SLOTS + 1);
    this.#tick = until;
    this.#timer = undefined;
    for (let tick = first; tick <= until; tick++) this.#expire(this.#slots[tick % SLOTS] as DeadlineEntry[], now);
    // An entry that expired may have emptied the wheel and added the next entry: then a timer is set already.
    if (this.#size > 0 && this.#timer === undefined) this.#schedule();
  }

  #expire(slot: DeadlineEntry[], now: number): void {
    for (const entry of slot.filter((entry) => entry.deadlineMs <= now)) {
      if (entry.wheelSlot === OUTSIDE_WHEEL) continue; // removed by an entry that expired before it
      this.remove(entry);
      entry.onDeadline();
    }
  }
}
