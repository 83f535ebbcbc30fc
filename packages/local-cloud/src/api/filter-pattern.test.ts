import { expect, test } from "vitest";
import { filterPattern } from "./filter-pattern.ts";

test.each([
  ["", "anything", true],
  ["error", "an error occurred", true],
  ["error", "an ERROR occurred", false],
  ["error task", "task 7: error", true],
  ["error task", "error", false],
  ['"task 7"', "task 7: error", true],
  ['"task 7"', "7 task", false],
  ["error -debug", "error in debug", false],
  ["?error ?warn", "warn", true],
  ["?error ?warn", "info", false],
])("%j matches %j: %s", (pattern, message, expected) => {
  expect(filterPattern(pattern, "Refused")(message)).toBe(expected);
});

test.each(["{ $.level = 7 }", "[a, b]", "%x%"])("the pattern %s is not supported and refused", (pattern) => {
  expect(() => filterPattern(pattern, "Refused")).toThrow(expect.objectContaining({ code: "Refused" }));
});
