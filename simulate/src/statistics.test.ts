import { expect, test } from "vitest";
import { compare, median, signTest } from "./statistics.ts";

test("a median is the middle value, or the mean of the two middle ones", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test.each([
  [5, 0, 0.0625],
  [0, 5, 0.0625],
  [8, 2, 0.109375],
  [5, 5, 1],
  [0, 0, 1],
])("the sign test of %i wins and %i losses is p = %f", (wins, losses, p) => {
  expect(signTest(wins, losses)).toBeCloseTo(p, 10);
});

const seeds = (from: number) => Array.from({ length: 8 }, (_, i) => from + i);

test("a claim needs our worst seed better than their best one, or p < 0.01", () => {
  expect(compare(seeds(0), seeds(100), "lower")).toMatchObject({ result: "better", isDisjoint: true });
  expect(compare(seeds(0), seeds(100), "higher")).toMatchObject({ result: "worse", isDisjoint: true });
  expect(compare(seeds(0), seeds(1), "lower")).toMatchObject({ result: "better", isDisjoint: false, p: 1 / 128 });
  expect(compare([1, 5, 2], [2, 3, 3], "lower").result).toBe("no difference shown");
  expect(compare([0, 0, 0], [0, 0, 0], "lower")).toMatchObject({ result: "no difference shown", p: 1 });
});
