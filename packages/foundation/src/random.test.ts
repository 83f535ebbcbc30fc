import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";

const draw = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test("the same seed gives the same sequence, another seed another one", () => {
  expect(draw(7, 100)).toEqual(draw(7, 100));
  expect(draw(7, 100)).not.toEqual(draw(8, 100));
});

test.each([0, 1, -1, 2 ** 31, 20_261_123])("seed %i draws evenly from [0, 1)", (seed) => {
  const draws = draw(seed, 20_000);
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draws)).toBeLessThan(1);
  // The mean of n uniform draws has σ = 1 / √(12 n) ≈ 0.002; 5 σ.
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  expect(Math.abs(mean - 0.5), `seed ${seed}`).toBeLessThan(5 / Math.sqrt(12 * draws.length));
});
