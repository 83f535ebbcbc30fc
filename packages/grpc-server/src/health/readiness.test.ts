import type { Clock } from "@agent-team/foundation/clock";
import { expect, test, vi } from "vitest";
import { Readiness } from "./readiness.ts";

/** A clock whose one timer is run by hand. */
function manualPoll(): { readonly clock: Clock; readonly run: () => void; readonly isSet: () => boolean } {
  let pending: (() => void) | undefined;
  const clock: Clock = {
    now: () => 0,
    wallNow: () => 0,
    setTimer(_, callback) {
      pending = callback;
      return { cancel: () => void (pending = undefined) };
    },
  };
  const run = (): void => {
    const callback = pending;
    pending = undefined;
    callback?.();
  };
  return { clock, run, isSet: () => pending !== undefined };
}

test("a dependency that is away concerns calls, and not the task", () => {
  let answer = true;
  const readiness = new Readiness(manualPoll().clock, [{ name: "store", isAvailable: () => answer }]);
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

test("the beginning of a drain is a change also while a dependency is away, and only one", () => {
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, [{ name: "store", isAvailable: () => false }]);
  const listener = vi.fn();
  readiness.onChange(listener);
  readiness.didStartDrain();
  readiness.onChange(() => {});

  expect(listener).toHaveBeenCalledTimes(1);
});

test("a listener hears each change of a dependency, once", () => {
  let answer = true;
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, [{ name: "store", isAvailable: () => answer }]);
  const listener = vi.fn();
  readiness.onChange(listener);

  poll.run();
  expect(listener).toHaveBeenCalledTimes(0);
  answer = false;
  poll.run();
  poll.run();
  expect(listener).toHaveBeenCalledTimes(1);
  answer = true;
  poll.run();
  expect(listener).toHaveBeenCalledTimes(2);
});

test("a second listener that comes between two polls misses no change", () => {
  let answer = true;
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, [{ name: "store", isAvailable: () => answer }]);
  const first = vi.fn();
  const second = vi.fn();
  readiness.onChange(first);
  answer = false;
  readiness.onChange(second);
  answer = true;
  poll.run();

  expect(first).toHaveBeenCalledTimes(2);
  expect(second).toHaveBeenCalledTimes(1);
});

test("a drain is heard at once and is the last word", () => {
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, []);
  const listener = vi.fn();
  readiness.onChange(listener);
  readiness.didStartDrain();

  expect(listener).toHaveBeenCalledTimes(1);
  expect(readiness.ready).toBe(false);
});

test("without a listener no timer runs", () => {
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, []);
  expect(poll.isSet()).toBe(false);

  const forget = readiness.onChange(() => {});
  expect(poll.isSet()).toBe(true);
  forget();
  expect(poll.isSet()).toBe(false);
});
