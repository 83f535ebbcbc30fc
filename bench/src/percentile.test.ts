import { expect, test } from "vitest";
import { percentile } from "./percentile.ts";

test("the nearest rank: a value that occurred", () => {
  const values = [4, 1, 3, 2];
  expect([0, 25, 50, 99, 100].map((p) => percentile(values, p))).toEqual([1, 1, 2, 4, 4]);
});

test("without values there is no percentile", () => {
  expect(() => percentile([], 50)).toThrow(RangeError);
});
