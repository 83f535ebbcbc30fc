import { expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { setPeerTimer } from "./peer-timer.ts";

/** The instants at which a peer with `delayMs` was judged. */
function judgedAt(clock: FakeClock, delayMs: number): readonly number[] {
  const instants: number[] = [];
  setPeerTimer(clock, delayMs, () => instants.push(clock.now()));
  return instants;
}

test("a timer that runs in time judges at its very instant", () => {
  const clock = new FakeClock();
  const judged = judgedAt(clock, 2_000);
  clock.advance(10_000);
  expect(judged).toEqual([2_000]);
  expect(clock.pendingTimers).toBe(0);
});

test("a timer that runs up to 20 ms late judges at once: timers of a busy process are late", () => {
  const clock = new FakeClock();
  const judged = judgedAt(clock, 2_000);
  clock.block(2_020);
  clock.advance(0);
  expect(judged).toEqual([2_020]);
});

test("a timer that runs later waits once more, so that the event loop can read", () => {
  const clock = new FakeClock();
  const judged = judgedAt(clock, 2_000);
  clock.block(2_021);
  clock.advance(199);
  expect(judged).toEqual([]);
  clock.advance(1);
  expect(judged).toEqual([2_221]);
});

test("a short time is not extended by more than itself", () => {
  const clock = new FakeClock();
  const judged = judgedAt(clock, 50);
  clock.block(1_000);
  clock.advance(1_000);
  expect(judged).toEqual([1_050]);
});

test("a process that is always late judges after the third time", () => {
  const clock = new FakeClock();
  const judged = judgedAt(clock, 2_000);
  for (let i = 0; i < 10; i++) {
    clock.block(5_000);
    clock.advance(0);
  }
  expect(judged).toEqual([20_000]);
  expect(clock.pendingTimers).toBe(0);
});

test("a cancelled timer does not call back, also while it is extended", () => {
  const clock = new FakeClock();
  const timer = setPeerTimer(clock, 2_000, () => expect.unreachable());
  clock.block(5_000);
  clock.advance(0);
  timer.cancel();
  timer.cancel();
  expect(clock.pendingTimers).toBe(0);
});
