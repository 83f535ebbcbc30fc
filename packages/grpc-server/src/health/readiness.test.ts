import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test, vi } from "vitest";
import { Readiness } from "./readiness.ts";

const POLL_MS = 1_000;

test("an unavailable dependency changes serving, and not ready", () => {
  let answer = true;
  const readiness = new Readiness(new FakeClock(), [{ name: "store", isAvailable: () => answer }]);
  expect([readiness.ready, readiness.serving, readiness.describe()]).toEqual([
    true,
    true,
    ["ready", "store: available"],
  ]);

  answer = false;
  expect([readiness.ready, readiness.serving, readiness.describe()]).toEqual([true, false, ["ready", "store: away"]]);

  readiness.didStartDrain();
  expect([readiness.ready, readiness.serving, readiness.describe()]).toEqual([
    false,
    false,
    ["draining", "store: away"],
  ]);
});

test("the start of a drain is one change, also while a dependency is unavailable", () => {
  const clock = new FakeClock();
  const readiness = new Readiness(clock, [{ name: "store", isAvailable: () => false }]);
  const listener = vi.fn();
  readiness.onChange(listener);
  readiness.didStartDrain();
  readiness.onChange(() => {});

  expect(listener).toHaveBeenCalledTimes(1);
});

test("a listener is called once for each change of a dependency", () => {
  let answer = true;
  const clock = new FakeClock();
  const readiness = new Readiness(clock, [{ name: "store", isAvailable: () => answer }]);
  const listener = vi.fn();
  readiness.onChange(listener);

  clock.advance(POLL_MS);
  expect(listener).toHaveBeenCalledTimes(0);
  answer = false;
  clock.advance(POLL_MS);
  clock.advance(POLL_MS);
  expect(listener).toHaveBeenCalledTimes(1);
  answer = true;
  clock.advance(POLL_MS);
  expect(listener).toHaveBeenCalledTimes(2);
});

test("a listener that is added between two polls changes nothing for the others, and misses no change", () => {
  let answer = true;
  const clock = new FakeClock();
  const readiness = new Readiness(clock, [{ name: "store", isAvailable: () => answer }]);
  const first = vi.fn();
  const second = vi.fn();
  readiness.onChange(first);
  answer = false;
  readiness.onChange(second);
  answer = true;
  clock.advance(POLL_MS);

  expect(first).toHaveBeenCalledTimes(2);
  expect(second).toHaveBeenCalledTimes(1);
});

test("a drain calls the listeners at once, and is final", () => {
  const clock = new FakeClock();
  const readiness = new Readiness(clock, []);
  const listener = vi.fn();
  readiness.onChange(listener);
  readiness.didStartDrain();

  expect(listener).toHaveBeenCalledTimes(1);
  expect(readiness.ready).toBe(false);
});

test("without a listener no timer runs", () => {
  const clock = new FakeClock();
  const readiness = new Readiness(clock, []);
  expect(clock.pendingTimers).toBe(0);

  const forget = readiness.onChange(() => {});
  expect(clock.pendingTimers).toBe(1);
  forget();
  expect(clock.pendingTimers).toBe(0);
});
