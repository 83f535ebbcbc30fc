import { expect, test } from "vitest";
import { median } from "./median.ts";

test("the median is the middle value, or half way between the two in the middle", () => {
  expect(median([5, 100, 1])).toBe(5);
  expect(median([4, 1, 100, 2])).toBe(3);
  expect(() => median([])).toThrow("expected at least one value");
});
