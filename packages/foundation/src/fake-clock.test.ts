import { expect, test } from "vitest";
import { delay } from "./clock.ts";
import { FakeClock } from "./fake-clock.ts";

test("timers run in the order in which they are due, each at its own instant", () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  clock.setTimer(20, () => ran.push(`late at ${clock.now()}`));
  clock.setTimer(10, () => ran.push(`early at ${clock.now()}`));
  clock.setTimer(10, () => ran.push(`early too at ${clock.now()}`));
  clock.advance(15);
  expect(ran).toEqual(["early at 10", "early too at 10"]);
  expect(clock.now()).toBe(15);
  expect(clock.pendingTimers).toBe(1);
});

test("a timer that is set by a timer runs in the same advance if it is due in it", () => {
  const clock = new FakeClock();
  const ran: number[] = [];
  clock.setTimer(10, () => {
    clock.setTimer(10, () => ran.push(clock.now()));
    clock.setTimer(11, () => ran.push(clock.now()));
  });
  clock.advance(20);
  expect(ran).toEqual([20]);
});

test("a cancelled timer does not run", () => {
  const clock = new FakeClock();
  let hasRun = false;
  const timer = clock.setTimer(10, () => {
    hasRun = true;
  });
  timer.cancel();
  timer.cancel();
  clock.advance(10);
  expect(hasRun).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});

test("a timer says whether it keeps the process running", () => {
  const clock = new FakeClock();
  const timer = clock.setTimer(10, () => {});
  clock.setTimer(10, () => {}, { unref: true });
  expect([clock.pendingTimers, clock.refTimers]).toEqual([2, 1]);
  timer.unref();
  expect(clock.refTimers).toBe(0);
  timer.ref();
  expect(clock.refTimers).toBe(1);
});

test("promises settle between timers", async () => {
  const clock = new FakeClock();
  const woke: number[] = [];
  const sleeper = (async () => {
    for (let i = 0; i < 3; i++) {
      await delay(clock, 10);
      woke.push(clock.now());
    }
  })();
  await clock.advanceAsync(30);
  expect(woke).toEqual([10, 20, 30]);
  await sleeper;
});

test("the wall clock moves with the monotonic one", () => {
  const clock = new FakeClock(1_000);
  clock.advance(5);
  expect(clock.wallNow()).toBe(1_005);
});
