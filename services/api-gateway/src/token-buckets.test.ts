import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenBuckets } from "./token-buckets.ts";

test("a quiet caller may send a minute's requests at once, and then one with each token", () => {
  const buckets = new TokenBuckets(60);
  for (let left = 59; left >= 0; left -= 1)
    expect(buckets.take("a", 0)).toMatchObject({ isAllowed: true, remaining: left });
  expect(buckets.take("a", 0)).toEqual({ isAllowed: false, remaining: 0, resetSeconds: 1 });
  expect(buckets.take("a", 999).isAllowed).toBe(false);
  expect(buckets.take("a", 1_000).isAllowed).toBe(true);
  expect(buckets.take("a", 1_001).isAllowed).toBe(false);
});

test("each key has its own bucket, and a bucket never holds more than a minute's requests", () => {
  const buckets = new TokenBuckets(2);
  buckets.take("a", 0);
  buckets.take("a", 0);
  expect(buckets.take("a", 0)).toEqual({ isAllowed: false, remaining: 0, resetSeconds: 30 });
  expect(buckets.take("b", 0).isAllowed).toBe(true);
  expect(buckets.take("a", 3_600_000)).toMatchObject({ isAllowed: true, remaining: 1 });
});

test("within any time no more requests are allowed than the bucket and the rate give", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      (waits, perMinute) => {
        const buckets = new TokenBuckets(perMinute);
        let nowMs = 0;
        let allowed = 0;
        for (const wait of waits) {
          nowMs += wait;
          const { isAllowed, remaining } = buckets.take("a", nowMs);
          if (isAllowed) allowed += 1;
          expect(remaining).toBeGreaterThanOrEqual(0);
        }
        expect(allowed).toBeLessThanOrEqual(perMinute + (nowMs * perMinute) / 60_000 + 1e-6);
      },
    ),
  );
});

test("buckets that are full again are forgotten", () => {
  const buckets = new TokenBuckets(60);
  for (let caller = 0; caller < 10_000; caller += 1) buckets.take(String(caller), 0);
  expect(buckets.size).toBe(10_000);
  buckets.take("late", 60_000);
  expect(buckets.size).toBe(1);
});
