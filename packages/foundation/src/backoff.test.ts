import fc from "fast-check";
import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

const OPTIONS = { minMs: 20, baseMs: 100, maxMs: 5_000 };

test("the bound doubles until it reaches its maximum, and stays there", () => {
  let backoff = Backoff.first(OPTIONS);
  const bounds = Array.from({ length: 9 }, () => {
    const { boundMs } = backoff;
    backoff = backoff.next();
    return boundMs;
  });
  expect(bounds).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(backoff.next()).toBe(backoff);
});

test("a step leaves the value before it as it was", () => {
  const first = Backoff.first(OPTIONS);
  first.next().next();
  expect(first.boundMs).toBe(100);
});

test("every delay lies between the minimum and the bound, and uses the whole range", () => {
  fc.assert(
    fc.property(fc.nat(12), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (steps, dice) => {
      let backoff = Backoff.first(OPTIONS);
      for (let i = 0; i < steps; i++) backoff = backoff.next();
      const delay = backoff.delayMs(() => dice);
      expect(delay).toBeGreaterThanOrEqual(20);
      expect(delay).toBeLessThanOrEqual(backoff.boundMs);
    }),
  );
  expect(Backoff.first(OPTIONS).delayMs(() => 0)).toBe(20);
  expect(Backoff.first(OPTIONS).delayMs(() => 0.5)).toBe(60);
});

test("a minimum above the bound wins", () => {
  expect(Backoff.first({ minMs: 300, baseMs: 100, maxMs: 1_000 }).delayMs(() => 0.9)).toBe(300);
});
