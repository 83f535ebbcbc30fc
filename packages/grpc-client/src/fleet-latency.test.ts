import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { FleetLatency } from "./fleet-latency.ts";

function after(...ttfbMs: number[]): FleetLatency {
  const latency = new FleetLatency();
  for (const ms of ttfbMs) latency.didRespond(ms);
  return latency;
}

test("below 20 responses no quantile is known, and a second is long", () => {
  const latency = after(...new Array<number>(19).fill(10));
  expect([latency.p50Ms, latency.p95Ms, latency.longMs, latency.blamelessMs]).toEqual([
    undefined,
    undefined,
    1_000,
    1_000,
  ]);
});

test("quantiles are right to the width of a bucket, 9 %", () => {
  const [seed, latency] = [20_261_129, new FleetLatency()];
  const random = seededRandom(seed);
  // Uniform over 1 to 101 ms: the median is 51, the 95th percentile 96. Of a thousand samples 5 σ are 8 % and 3.5 %.
  for (let i = 0; i < 1_000; i++) latency.didRespond(1 + 100 * random());
  expect(Math.abs((latency.p50Ms ?? 0) / 51 - 1), `seed ${seed}`).toBeLessThan(0.17);
  expect(Math.abs((latency.p95Ms ?? 0) / 96 - 1), `seed ${seed}`).toBeLessThan(0.125);
});

test("twice the 95th percentile is long, and a deadline below a second blames no endpoint", () => {
  const fast = after(...new Array<number>(20).fill(64));
  expect([fast.longMs, fast.blamelessMs]).toEqual([128, 1_000]);
  expect(after(...new Array<number>(20).fill(1_024)).blamelessMs).toBe(2_048);
});

test("old responses fade", () => {
  const latency = after(...new Array<number>(1_000).fill(8), ...new Array<number>(4_000).fill(512));
  expect(latency.p50Ms).toBe(512);
});

test("times outside the histogram count as its ends", () => {
  expect(after(...new Array<number>(20).fill(0)).p95Ms).toBe(1 / 16);
  expect(after(...new Array<number>(20).fill(1e9)).p95Ms).toBeGreaterThan(200_000);
});
