import { expect, test } from "vitest";
import { SlowRatio } from "./slow-ratio.ts";

const MEDIAN = Math.log(10);

function after(times: number, ttfbMs: number): SlowRatio {
  const slow = new SlowRatio();
  for (let i = 0; i < times; i++) slow.didRespond(ttfbMs, 0);
  return slow;
}

test("without an observation, or without a median, the ratio is 1", () => {
  expect(new SlowRatio().at(0, MEDIAN)).toBe(1);
  expect(after(32, 1_000).at(0, undefined)).toBe(1);
});

test("r = exp((m − M) × k / (k + 8)): a tenfold time counts more with each observation", () => {
  expect(after(1, 100).at(0, MEDIAN)).toBe(1); // 1.29, in the dead band
  expect(after(2, 100).at(0, MEDIAN)).toBeCloseTo(10 ** (2 / 10));
  expect(after(8, 100).at(0, MEDIAN)).toBeCloseTo(10 ** (8 / 16));
  expect(after(32, 100).at(0, MEDIAN)).toBeCloseTo(10 ** (32 / 40));
  expect(after(1_000, 100).at(0, MEDIAN)).toBeCloseTo(10 ** (32 / 40));
});

test("below 1.5 it is 1, and at most 16", () => {
  expect(after(32, 16).at(0, MEDIAN)).toBe(1); // 1.6 ** 0.8 = 1.46
  expect(after(32, 17).at(0, MEDIAN)).toBeCloseTo(1.7 ** 0.8);
  expect(after(32, 100_000).at(0, MEDIAN)).toBe(16);
});

test("a faster endpoint is not cheaper than the median", () => {
  expect(after(32, 1).at(0, MEDIAN)).toBe(1);
});

test("times below a millisecond are equal", () => {
  expect(after(32, 0.9).at(0, 0)).toBe(1);
  expect(after(32, 0.9).log).toBe(0);
});

test("r falls to 1 when the last observation is older than 10 s", () => {
  const slow = after(32, 100);
  const full = slow.at(10_000, MEDIAN);
  expect(full).toBeCloseTo(10 ** 0.8);
  expect(slow.at(20_000, MEDIAN)).toBeCloseTo(1 + (full - 1) / Math.E);
  expect(slow.at(100_000, MEDIAN)).toBeLessThan(1.001);
});

test("an observation after a long time weighs more than one in a series", () => {
  const slow = after(32, 100);
  slow.didRespond(10, 40_000); // n has fallen to 32 × e⁻³ = 1.6
  expect(slow.log).toBeCloseTo(MEDIAN + Math.LN10 * (1 - 1 / (32 * Math.exp(-3) + 1)));
});

test("a failure leaves the mean, and makes it more certain; as the first observation it counts as the median", () => {
  const slow = after(2, 100);
  for (let i = 0; i < 6; i++) slow.didFail(0, MEDIAN);
  expect(slow.log).toBeCloseTo(Math.log(100));
  expect(slow.at(0, MEDIAN)).toBeCloseTo(10 ** (8 / 16));
  const failed = new SlowRatio();
  failed.didFail(0, undefined);
  expect(failed.log).toBeUndefined();
  failed.didFail(0, MEDIAN);
  expect(failed.log).toBe(MEDIAN);
});
