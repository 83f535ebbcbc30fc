import type { Clock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { DeadlineWheel } from "./deadline.ts";
import { SilenceTimer } from "./silence-timer.ts";

test("a timer that ran late waits once more: the response may lie unread in the socket", () => {
  const fake = new FakeClock();
  let blockedMs = 0;
  const clock: Clock = {
    now: () => fake.now() + blockedMs,
    wallNow: () => fake.wallNow() + blockedMs,
    setTimer: (delayMs, callback) => fake.setTimer(delayMs, callback),
  };
  const wheel = new DeadlineWheel(clock);
  const ends: string[] = [];
  const attempt = { startedMs: clock.now(), isPaused: false, timeOut: (message: string) => void ends.push(message) };
  const timer = new SilenceTimer(attempt, { firstByteTimeoutMs: 1_000, idleTimeoutMs: Infinity }, clock, wheel);
  blockedMs = 3_000;
  fake.advance(50);
  expect(ends).toEqual([]);
  fake.advance(120);
  expect(ends).toEqual(["no response within 1000 ms (firstByteTimeoutMs)"]);
  timer.stop();
  wheel.stopIdle();
  expect(fake.pendingTimers).toBe(0);
});
