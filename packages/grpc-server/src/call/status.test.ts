import { expect, test } from "vitest";
import { statusName } from "./status.ts";

test("a code has the name of the specification, an unknown one its number", () => {
  expect(statusName(0)).toBe("OK");
  expect(statusName(5)).toBe("NOT_FOUND");
  expect(statusName(99)).toBe("99");
});
