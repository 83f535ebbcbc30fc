import type { Clock } from "@agent-team/grpc-client";
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

test("it is ready while the program says so", () => {
  let answer = true;
  const readiness = new Readiness(manualPoll().clock, () => answer);

  expect(readiness.ready).toBe(true);
  answer = false;
  expect(readiness.ready).toBe(false);
});

test("a listener hears each change of the program's answer, once", () => {
  let answer = true;
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, () => answer);
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
  const readiness = new Readiness(poll.clock, () => answer);
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
  const readiness = new Readiness(poll.clock, () => true);
  const listener = vi.fn();
  readiness.onChange(listener);
  readiness.didStartDrain();

  expect(listener).toHaveBeenCalledTimes(1);
  expect(readiness.ready).toBe(false);
});

test("without a listener no timer runs", () => {
  const poll = manualPoll();
  const readiness = new Readiness(poll.clock, () => true);
  expect(poll.isSet()).toBe(false);

  const forget = readiness.onChange(() => {});
  expect(poll.isSet()).toBe(true);
  forget();
  expect(poll.isSet()).toBe(false);
});
