import { expect, test } from "vitest";
import { SlowRatio, type Usual } from "./slow-ratio.ts";

/** Times of 10 ms that scatter nearly like exponential ones: the doubt in a mean is 8 observations. */
const USUAL: Usual = { log: Math.log(10), variance: 1.6 };
/** Times of 10 ms that are always the same. */
const STEADY: Usual = { ...USUAL, variance: 0 };

function after(times: number, ttfbMs: number): SlowRatio {
  const slow = new SlowRatio();
  for (let i = 0; i < times; i++) slow.didRespond(ttfbMs, 0);
  return slow;
}

test("without an observation, or without a median, the ratio is 1", () => {
  expect(new SlowRatio().at(0, USUAL)).toBe(1);
  expect(after(16, 1_000).at(0, undefined)).toBe(1);
});

test("r = exp((m − M) × n / (n + 5 V)): a tenfold time counts more with each observation", () => {
  expect(after(1, 100).at(0, USUAL)).toBe(1); // 1.29, in the dead band
  expect(after(2, 100).at(0, USUAL)).toBeCloseTo(10 ** (2 / 10));
  expect(after(8, 100).at(0, USUAL)).toBeCloseTo(10 ** (8 / 16));
  expect(after(16, 100).at(0, USUAL)).toBeCloseTo(10 ** (16 / 24));
  expect(after(1_000, 100).at(0, USUAL)).toBeCloseTo(10 ** (16 / 24));
});

test("the less the times of a fleet scatter, the sooner a slow endpoint is known, but one time is half of the truth at most", () => {
  expect(after(1, 100).at(0, STEADY)).toBeCloseTo(10 ** (1 / 2));
  expect(after(16, 100).at(0, STEADY)).toBeCloseTo(10 ** (16 / 17));
  expect(after(16, 100).at(0, { ...USUAL, variance: 4 })).toBeCloseTo(10 ** (16 / 36));
});

test("the variance is that of the logarithms of late: none of steady times, more when they scatter", () => {
  expect(after(200, 100).variance).toBeLessThan(0.001);
  const scattered = after(1, 100);
  for (let i = 0; i < 200; i++) scattered.didRespond(i % 2 === 0 ? 10 : 1_000, 0);
  expect(scattered.variance).toBeGreaterThan(4); // ±2.3 from the mean: 5.3
});

test("a wait that goes on is news only above the mean", () => {
  const slow = after(16, 100);
  slow.didWait(50, 0);
  expect(slow.log).toBeCloseTo(Math.log(100));
  slow.didWait(200, 0);
  expect(slow.log).toBeCloseTo(Math.log(100) + Math.LN2 / 16);
  const unknown = new SlowRatio();
  unknown.didWait(50, 0);
  expect(unknown.log).toBeCloseTo(Math.log(50));
});

test("below 1.5 it is 1, and at most 16", () => {
  expect(after(16, 18).at(0, USUAL)).toBe(1); // 1.8 ** (2 / 3) = 1.48
  expect(after(16, 19).at(0, USUAL)).toBeCloseTo(1.9 ** (2 / 3));
  expect(after(16, 100_000).at(0, USUAL)).toBe(16);
});

test("a faster endpoint is not cheaper than the median", () => {
  expect(after(16, 1).at(0, USUAL)).toBe(1);
});

test("times below a millisecond are equal", () => {
  expect(after(16, 0.9).at(0, { ...USUAL, log: 0 })).toBe(1);
  expect(after(16, 0.9).log).toBe(0);
});

test("r falls to 1 when the last observation is older than 10 s", () => {
  const slow = after(16, 100);
  const full = slow.at(10_000, USUAL);
  expect(full).toBeCloseTo(10 ** (2 / 3));
  expect(slow.at(20_000, USUAL)).toBeCloseTo(1 + (full - 1) / Math.E);
  expect(slow.at(100_000, USUAL)).toBeLessThan(1.001);
});

test("an observation after a long time weighs more than one in a series", () => {
  const slow = after(16, 100);
  slow.didRespond(10, 40_000); // n has fallen to 16 × e⁻³ = 0.8
  expect(slow.log).toBeCloseTo(USUAL.log + Math.LN10 * (1 - 1 / (16 * Math.exp(-3) + 1)));
});

test("a failure leaves the mean, and makes it more certain; as the first observation it counts as the median", () => {
  const slow = after(2, 100);
  for (let i = 0; i < 6; i++) slow.didFail(0, USUAL);
  expect(slow.log).toBeCloseTo(Math.log(100));
  expect(slow.at(0, USUAL)).toBeCloseTo(10 ** (8 / 16));
  const failed = new SlowRatio();
  failed.didFail(0, undefined);
  expect(failed.log).toBeUndefined();
  failed.didFail(0, USUAL);
  expect(failed.log).toBe(USUAL.log);
});
