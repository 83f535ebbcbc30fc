import { describe, expect, test } from "vitest";
import { sketch } from "../src/testing/index.ts";
import { converse } from "./plan.ts";

/** The schedule of a request, as cron: minute, hour, day of month, month, day of week. */
const DRAFTED: readonly (readonly [when: string, cron: string])[] = [
  ["every day at 9:00 and 17:00", "0 9,17 * * *"],
  ["each weekday at 8, 12 and 16 o'clock", "0 8,12,16 * * 1-5"],
  ["at 7am and at 7pm every day", "0 7,19 * * *"],
  ["every evening at 8 and 10", "0 20,22 * * *"],
  ["on the first monday of each month at 8am", "0 8 * * 1#1"],
  ["every first monday at 8", "0 8 * * 1#1"],
  ["at 9 on the second tuesday of every month", "0 9 * * 2#2"],
  ["on the last friday of the month at 5pm", "0 17 * * 5#L"],
  ["on the last working day of each month at 5pm", "0 17 LW * *"],
  ["every first working day of the month at 8", "0 8 1W * *"],
  ["on the last day of the month at 23:00", "0 23 L * *"],
  ["every 1st and 15th of the month at 10", "0 10 1,15 * *"],
  ["on the 1st and the 15th of every month at 10", "0 10 1,15 * *"],
  ["in december every day at 8", "0 8 * 12 *"],
  ["from november to february every monday at 7", "0 7 * 1,2,11,12 1"],
  ["every december 24 at 8", "0 8 24 12 *"],
  ["every year on the 1st of may at 8", "0 8 1 5 *"],
  ["on the 1st of january, april, july and october at 6", "0 6 1 1,4,7,10 *"],
  ["on the first day of each quarter at 7", "0 7 1 1,4,7,10 *"],
  ["every quarter on the 1st at noon", "0 12 1 1,4,7,10 *"],
  ["in january and july on the 15th at 9", "0 9 15 1,7 *"],
  ["every last day of the quarter at 8", "0 8 L 3,6,9,12 *"],
  ["quarterly on the last working day at 8", "0 8 LW 3,6,9,12 *"],
  ["every half hour", "*/30 * * * *"],
  ["every 15 minutes between 8 and 18", "*/15 8-17 * * *"],
  ["every minute from 8am to 6pm", "* 8-17 * * *"],
  ["every 2 hours from 8am to 7pm on weekdays", "0 8-18/2 * * 1-5"],
  ["every 15 minutes from 8 to 6pm", "*/15 8-17 * * *"],
  ["hourly between 9 and 17", "0 9-17 * * *"],
];

test.for(DRAFTED)("%s", ([when, cron]) => {
  const { spec, questions } = converse(`${when} call https://x.test/a`);
  expect(questions).toEqual([]);
  expect(spec && sketch(spec)).toEqual([`CRON ${cron}`, "HTTP GET https://x.test/a"]);
});

describe("a schedule with a part missing, or with two meanings, is asked about", () => {
  test.for([
    ["every day at 9:00 and 17:30", "time", "the same minute"],
    ["every day at 8 and 10pm", "time", '"am"'],
    ["every day at 9 and 15 minutes later", "not_understood", "15 minutes later"],
    ["every year at 8", "day", "day of the year"],
    ["every quarter at 8", "days", "January, April, July and October"],
    ["every year every monday at 8", "not_understood", "every monday"],
    ["every second monday at 8", "not_understood", "monday"],
    ["on the first monday at 8", "not_understood", "first monday"],
    ["on december 24 at 8", "not_understood", "december 24"],
    ["every 15 minutes between 22 and 6", "not_understood", "between 22 and 6"],
    ["every 15 minutes from 2 to 6pm", "not_understood", "2 to 6pm"],
    ["every day between 8 and 18", "not_understood", "between 8 and 18"],
  ] as const)("%s", ([when, slot, naming]) => {
    const { spec, questions, text } = converse(`${when} call https://x.test/a`);
    expect(spec).toBeUndefined();
    expect(questions.map(({ id }) => id)).toEqual([slot]);
    expect(text).toContain(naming);
  });
});

test.for([
  ["every day at 9:00 and 17:30 call https://x.test/a", "9:30 and 17:30", "CRON 30 9,17 * * *"],
  ["every year at 8 call https://x.test/a", "on December 24th", "CRON 0 8 24 12 *"],
  ["every quarter at 8 call https://x.test/a", "on the 1st", "CRON 0 8 1 1,4,7,10 *"],
  ["every month at 8 call https://x.test/a", "the last day", "CRON 0 8 L * *"],
] as const)("%s, answered: %s", ([say, answer, cron]) => {
  const { spec } = converse(say, answer);
  expect(spec && sketch(spec)[0]).toBe(cron);
});

test("a window is said with its first and its last start", () => {
  const { text } = converse("every 15 minutes between 8 and 18 call https://x.test/a");
  expect(text).toContain("Start every 15 minutes from 08:00 to 17:45");
});

test("a range of values has both ends, in one entry", () => {
  const { spec } = converse('fetch https://x.test/a, if total is between 5 and 10 tell #ops "x"');
  expect(spec && sketch(spec)[2]).toBe(
    "IF $exists(input.body[$exists(total[$amount($) >= 5]) and $exists(total[$amount($) <= 10])])",
  );
});
