import { expect, test } from "vitest";
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

test("wall time counts from 1970, time for durations does not", () => {
  expect(systemClock.wallNow()).toBeGreaterThan(1_700_000_000_000);
  expect(systemClock.now()).toBeLessThan(systemClock.wallNow());
});
