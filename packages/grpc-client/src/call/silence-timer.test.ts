import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { DeadlineWheel } from "./deadline.ts";
import { SilenceTimer } from "./silence-timer.ts";

test("a timer that ran late waits once more: the response may lie unread in the socket", () => {
  const clock = new FakeClock();
  const wheel = new DeadlineWheel(clock);
  const ends: string[] = [];
  const attempt = { startedMs: clock.now(), isPaused: false, timeOut: (message: string) => void ends.push(message) };
  const timer = new SilenceTimer(attempt, { firstByteTimeoutMs: 1_000, idleTimeoutMs: Infinity }, clock, wheel);
  clock.block(3_000);
  clock.advance(0);
  expect(ends).toEqual([]);
  clock.advance(120);
  expect(ends).toEqual(["no response within 1000 ms (firstByteTimeoutMs)"]);
  timer.stop();
  wheel.stopIdle();
  expect(clock.pendingTimers).toBe(0);
});
