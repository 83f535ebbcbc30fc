import { expect, test } from "vitest";
import { matchesPattern } from "./filter-pattern.ts";

const LINE = { level: "fatal", service: "workflow-agent", pid: 1 };

test("a pattern matches the lines for which all its terms are true", () => {
  expect(matchesPattern('{ $.level = "fatal" }', LINE)).toBe(true);
  expect(matchesPattern('{ $.level = "fatal" && $.service = "workflow-agent" }', LINE)).toBe(true);
  expect(matchesPattern('{ $.level = "fatal" && $.service = "api-gateway" }', LINE)).toBe(false);
});

test("a field that the line lacks equals no value, and a number equals no text", () => {
  expect(matchesPattern('{ $.lvl = "fatal" }', LINE)).toBe(false);
  expect(matchesPattern('{ $.pid = "1" }', LINE)).toBe(false);
});

test.each(["fatal", "{ $.pid > 1 }", '{ $.level = "fatal" || $.level = "error" }'])("%s is refused", (pattern) => {
  expect(() => matchesPattern(pattern, LINE)).toThrow(/expected|not supported here/);
});
