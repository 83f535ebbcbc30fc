import { afterEach, describe, expect, test, vi } from "vitest";
import { delay, systemClock } from "./clock.ts";

test("the system's timers run once, not early, and not after they were cancelled", async () => {
  const startedMs = systemClock.now();
  let cancelledRan = false;
  const cancelled = systemClock.setTimer(1, () => {
    cancelledRan = true;
  });
  cancelled.cancel();
  cancelled.cancel();
  await delay(systemClock, 5);
  // Node rounds its timers to whole milliseconds of its loop's time, so that one may seem to come up to 1 ms early.
  expect(systemClock.now() - startedMs).toBeGreaterThanOrEqual(4);
  expect(cancelledRan).toBe(false);
});

test("a negative delay counts as 0, and Node writes no warning for it", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  await new Promise<void>((resolve) => void systemClock.setTimer(-2, resolve));
  await new Promise(setImmediate); // warnings come in a tick of their own
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

test("the system's timers keep the process running unless they are told not to", () => {
  const activeTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = activeTimers();
  for (const delayMs of [60_000, 60 * 86_400_000]) {
    const timer = systemClock.setTimer(delayMs, () => {}, { unref: true });
    expect(activeTimers()).toBe(before);
    timer.ref();
    expect(activeTimers()).toBe(before + 1);
    timer.unref();
    expect(activeTimers()).toBe(before);
    timer.cancel();
  }
});

test("wall time counts from 1970, time for durations does not", () => {
  expect(systemClock.wallNow()).toBeGreaterThan(1_700_000_000_000);
  expect(systemClock.now()).toBeLessThan(systemClock.wallNow());
});

describe("a delay that Node's timers cannot hold", () => {
  afterEach(() => void vi.useRealTimers());

  const DAY_MS = 86_400_000;

  test.each([25, 60, 100])("of %i days is waited for in full", (days) => {
    vi.useFakeTimers();
    let runs = 0;
    systemClock.setTimer(days * DAY_MS, () => runs++);
    vi.advanceTimersByTime(days * DAY_MS - 1);
    expect(runs).toBe(0);
    vi.advanceTimersByTime(1);
    expect(runs).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is cancelled as any other, in its second part too", () => {
    vi.useFakeTimers();
    const timer = systemClock.setTimer(60 * DAY_MS, () => expect.unreachable());
    vi.advanceTimersByTime(30 * DAY_MS);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("of Infinity never ends", () => {
    vi.useFakeTimers();
    const timer = systemClock.setTimer(Number.POSITIVE_INFINITY, () => expect.unreachable());
    vi.advanceTimersByTime(100 * DAY_MS);
    timer.cancel();
  });

  test("of NaN is refused", () => {
    expect(() => systemClock.setTimer(Number.NaN, () => {})).toThrow("expected milliseconds, got NaN");
  });
});
