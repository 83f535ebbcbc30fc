import { expect, test } from "vitest";
import { CronSchedule } from "./cron-schedule.ts";

/** Fri 2026-03-27T00:00:00Z. On Sunday the clocks of Berlin go from 2:00 to 3:00. */
const FRIDAY = 1_774_569_600_000;
const HOUR = 3_600_000;

test("the hours of a schedule are those of its zone, also when they change", () => {
  const berlin = new CronSchedule("0 9 * * *", "Europe/Berlin");
  const saturday = berlin.nextAfter(FRIDAY + 12 * HOUR);
  const sunday = berlin.nextAfter(saturday ?? 0);

  expect(saturday).toBe(FRIDAY + 32 * HOUR); // 8:00 UTC
  expect(sunday).toBe(FRIDAY + 55 * HOUR); // 7:00 UTC
});

test("the firing after a moment comes after it, also when the moment is a firing; six fields begin with the second", () => {
  expect(new CronSchedule("0 * * * *").nextAfter(FRIDAY)).toBe(FRIDAY + HOUR);
  expect(new CronSchedule("*/10 * * * * *").nextAfter(FRIDAY + 1)).toBe(FRIDAY + 10_000);
  expect(new CronSchedule("0 9 31 2 *").nextAfter(FRIDAY)).toBeUndefined();
});

test("of the firings that are due the last one counts, and the others are counted, up to a thousand one by one", () => {
  const minutes = new CronSchedule("* * * * *");

  expect(minutes.dueAt(FRIDAY, FRIDAY)).toEqual({ scheduledMs: FRIDAY, missed: 0 });
  expect(minutes.dueAt(FRIDAY, FRIDAY + 10 * 60_000 + 1)).toEqual({ scheduledMs: FRIDAY + 10 * 60_000, missed: 10 });
  expect(minutes.dueAt(FRIDAY, FRIDAY + 48 * HOUR)).toEqual({ scheduledMs: FRIDAY + 48 * HOUR, missed: 1000 });
});

test.for([
  ["0 9 * *", /five fields/],
  ["@daily", /five fields/],
  ["60 9 * * 1", /./],
])("%s is refused", ([expression, problem]) => {
  expect(CronSchedule.problemOf(expression as string)).toMatch(problem as RegExp);
});
