import { expect, test } from "vitest";
import { statusName } from "./status.ts";

test("a code has its name in the specification, and an unknown code its number", () => {
  expect(statusName(0)).toBe("OK");
  expect(statusName(5)).toBe("NOT_FOUND");
  expect(statusName(99)).toBe("99");
});
