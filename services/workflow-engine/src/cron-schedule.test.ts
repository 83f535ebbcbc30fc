import { timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
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

test.for([
  ["0 8 * * 1#1", "2026-04-06T08:00"],
  ["0 17 * * 5#L", "2026-03-27T17:00"],
  ["0 8 1W * *", "2026-04-01T08:00"],
  ["0 17 LW * *", "2026-03-31T17:00"],
  ["0 23 L * *", "2026-03-31T23:00"],
  ["0 9,17 1,15 1,4,7,10 *", "2026-04-01T09:00"],
  ["*/15 8-17 * * 1-5", "2026-03-27T08:00"],
  ["0 8-18/2 * 12 *", "2026-12-01T08:00"],
] as const)("%s, which the embedded planner writes, fires first at %s", ([expression, first]) => {
  expect(CronSchedule.problemOf(expression)).toBeUndefined();
  const next = timestampDate(timestampFromMs(new CronSchedule(expression).nextAfter(FRIDAY) ?? 0));
  expect(next.toISOString()).toBe(`${first}:00.000Z`);
});
