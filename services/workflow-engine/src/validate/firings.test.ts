import { expect, test } from "vitest";
import { cron } from "../../test/specs.ts";
import { checkFirings } from "./firings.ts";

test.for([
  ["0 9 31 2 *", ["CRON_NEVER_FIRES"]],
  ["0 9 1-7 * 1", ["CRON_DAY_OR_WEEKDAY"]],
  ["0 0 9 15 * 5", ["CRON_DAY_OR_WEEKDAY"]],
  ["0 9 29 2 *", []],
  ["0 9 * * 1#1", []],
  ["0 9 1 * *", []],
  ["* * * * * *", []],
  ["60 9 * * *", []],
] as const)("%s: %j", ([expression, codes]) => {
  const issues = checkFirings(cron(expression), "/nodes/0");

  expect(issues.map(({ code }) => code)).toEqual(codes);
  for (const { path } of issues) expect(path).toBe("/nodes/0/configuration/expression");
});
