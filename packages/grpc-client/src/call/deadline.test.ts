import type { Clock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DeadlineEntry, DeadlineWheel, OUTSIDE_WHEEL } from "./deadline.ts";

/** Two slots: one that the entry's own deadline may lie before the end of, one that the timer's phase may add. */
const LATE_MS = 20;

class Entry implements DeadlineEntry {
  readonly deadlineMs: number;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;
  readonly firedAt: number[] = [];
  readonly #clock: FakeClock;
  readonly #then: () => void;

  constructor(clock: FakeClock, deadlineMs: number, then: () => void = () => {}) {
    this.#clock = clock;
    this.deadlineMs = deadlineMs;
    this.#then = then;
  }

  onDeadline(): void {
    this.firedAt.push(this.#clock.now());
    this.#then();
  }
}

test("every deadline fires once, never early and at most two slots late, whatever is removed meanwhile", () => {
  const plan = fc.array(fc.record({ deadlineMs: fc.nat(12_000), remove: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(plan, fc.nat(9), (planned, phase) => {
      const clock = new FakeClock();
      const wheel = new DeadlineWheel(clock);
      clock.advance(phase);
      const entries = planned.map(({ deadlineMs }) => new Entry(clock, clock.now() + deadlineMs));
      for (const entry of entries) wheel.add(entry);
      const removed = entries.filter((_, i) => planned[i]?.remove);
      for (const entry of removed) wheel.remove(entry);
      clock.advance(13_000);
      for (const entry of entries) {
        if (removed.includes(entry)) expect(entry.firedAt).toEqual([]);
        else {
          expect(entry.firedAt).toHaveLength(1);
          expect(entry.firedAt[0]).toBeGreaterThanOrEqual(entry.deadlineMs);
          expect(entry.firedAt[0]).toBeLessThanOrEqual(entry.deadlineMs + LATE_MS);
        }
      }
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("infinity is no deadline", () => {
  const clock = new FakeClock();
  new DeadlineWheel(clock).add(new Entry(clock, Number.POSITIVE_INFINITY));
  expect(clock.pendingTimers).toBe(0);
});

test("a deadline that is no instant is refused, and no timer is left", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  expect(() => wheel.add(new Entry(clock, Number.NaN))).toThrow("expected an instant in ms, got NaN");
  expect(clock.pendingTimers).toBe(0);
});

test("removing an entry twice, or one that was never added, does nothing", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const entry = new Entry(clock, 50);
  const other = new Entry(clock, 50);
  wheel.add(entry);
  wheel.add(other);
  wheel.remove(entry);
  wheel.remove(entry);
  wheel.remove(new Entry(clock, 50));
  clock.advance(100);
  expect(entry.firedAt).toEqual([]);
  expect(other.firedAt).toHaveLength(1);
});

test("calls one after another share a timer, which runs out after a turn of the wheel", () => {
  const timers: { readonly delayMs: number; readonly run: () => void }[] = [];
  let nowMs = 3;
  let cancels = 0;
  let isRef = true;
  const clock: Clock = {
    now: () => nowMs,
    wallNow: () => nowMs,
    setTimer(delayMs, run) {
      timers.push({ delayMs, run });
      return {
        cancel: () => void cancels++,
        ref() {
          isRef = true;
        },
        unref() {
          isRef = false;
        },
      };
    },
  };
  const wheel = new DeadlineWheel(clock);
  for (; nowMs < 5_120; nowMs += 100) {
    const entry = new Entry(new FakeClock(), nowMs + 60_000);
    wheel.add(entry);
    expect(isRef).toBe(true);
    wheel.remove(entry);
    expect(isRef).toBe(false);
  }
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([5_117]);
  nowMs = 5_120;
  timers[0]?.run();
  expect([timers.length, cancels]).toEqual([1, 0]);
});

test("a deadline before that of the timer which is left is not missed", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const far = new Entry(clock, 60_000);
  wheel.add(far);
  wheel.remove(far);
  clock.advance(30_000);
  const near = new Entry(clock, 31_000);
  wheel.add(near);
  clock.advance(1_000 + LATE_MS);
  expect([far.firedAt.length, near.firedAt.length, clock.pendingTimers]).toEqual([0, 1, 0]);
});

test("a deadline that starts a call with a far one does not delay the others", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const other = new Entry(clock, 300);
  wheel.add(new Entry(clock, 100, () => wheel.add(new Entry(clock, 60_000))));
  wheel.add(other);
  clock.advance(300 + LATE_MS);
  expect(other.firedAt).toHaveLength(1);
});

test("a far deadline is waited for with few wake-ups, and a nearer one that comes later is not missed", () => {
  const clock = new FakeClock();
  let wakeUps = 0;
  const counting: Clock = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimer: (delayMs, run) =>
      clock.setTimer(delayMs, () => {
        wakeUps++;
        run();
      }),
  };
  const wheel = new DeadlineWheel(counting);
  const far = new Entry(clock, 60_000);
  const near = new Entry(clock, 30_000);
  wheel.add(far);
  clock.advance(29_900);
  wheel.add(near);
  clock.advance(40_000);
  expect(near.firedAt[0]).toBeLessThanOrEqual(30_000 + LATE_MS);
  expect(far.firedAt[0]).toBeLessThanOrEqual(60_000 + LATE_MS);
  // Before the first deadline one in each turn of the wheel, of 5.12 s.
  expect(wakeUps).toBeLessThan(20);
});

test("an idle wheel is stopped, a wheel with entries is not", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const entry = new Entry(clock, 50);
  wheel.add(entry);
  wheel.stopIdle();
  expect(clock.pendingTimers).toBe(1);
  wheel.remove(entry);
  wheel.stopIdle();
  expect(clock.pendingTimers).toBe(0);
});

test("the timer keeps the process running as long as there are entries", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const entries = Array.from({ length: 100 }, (_, i) => new Entry(clock, 1_000 + i));
  for (const entry of entries) wheel.add(entry);
  clock.advance(500);
  expect([clock.pendingTimers, clock.refTimers]).toEqual([1, 1]);
  for (const entry of entries) wheel.remove(entry);
  expect([clock.pendingTimers, clock.refTimers]).toEqual([1, 0]);
  wheel.add(entries[50] as Entry);
  expect([clock.pendingTimers, clock.refTimers]).toEqual([1, 1]);
  clock.advance(1_000);
  expect(clock.pendingTimers).toBe(0);
});

test("a deadline that starts the next call still leaves one timer", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const next = new Entry(clock, 5_000);
  wheel.add(new Entry(clock, 100, () => wheel.add(next)));
  clock.advance(1_000);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(5_000);
  expect(next.firedAt).toHaveLength(1);
});

test("a deadline that removes its neighbour keeps it from firing", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const second = new Entry(clock, 100);
  const first = new Entry(clock, 100, () => wheel.remove(second));
  wheel.add(first);
  wheel.add(second);
  clock.advance(200);
  expect([first.firedAt.length, second.firedAt.length]).toEqual([1, 0]);
});

test("after a blocked event loop everything that is due fires, and nothing else", () => {
  let nowMs = 0;
  let tick: (() => void) | undefined;
  const blocked = {
    now: () => nowMs,
    wallNow: () => nowMs,
    setTimer: (_delayMs: number, callback: () => void) => {
      tick = callback;
      return { cancel() {}, ref() {}, unref() {} };
    },
  };
  const fired: number[] = [];
  const wheel = new DeadlineWheel(blocked);
  for (const deadlineMs of [100, 5_200, 9_000, 60_000]) {
    const entry = {
      deadlineMs,
      wheelSlot: OUTSIDE_WHEEL,
      wheelIndex: 0,
      onDeadline: () => void fired.push(deadlineMs),
    };
    wheel.add(entry);
  }
  nowMs = 30_000; // almost six turns of the wheel in one step
  tick?.();
  expect(fired.toSorted((a, b) => a - b)).toEqual([100, 5_200, 9_000]);
});
