import { FakeClock } from "@agent-team/foundation/fake-clock";
import fc from "fast-check";
import { expect, test } from "vitest";
import { InProcessBuckets } from "./in-process.ts";

test("a quiet caller may send a minute's requests at once, and then one with each token", async () => {
  const clock = new FakeClock();
  const buckets = new InProcessBuckets(clock);
  for (let left = 59; left >= 0; left -= 1)
    expect(await buckets.take("a", 60)).toMatchObject({ isAllowed: true, remaining: left });
  const isAllowedAfter = async (ms: number): Promise<boolean> => {
    clock.advance(ms);
    return (await buckets.take("a", 60)).isAllowed;
  };
  expect(await buckets.take("a", 60)).toEqual({ isAllowed: false, remaining: 0, resetSeconds: 1 });
  expect(await isAllowedAfter(999)).toBe(false);
  expect(await isAllowedAfter(1)).toBe(true);
  expect(await isAllowedAfter(1)).toBe(false);
});

test("each key has its own bucket, and a bucket never holds more than a minute's requests", async () => {
  const clock = new FakeClock();
  const buckets = new InProcessBuckets(clock);
  await buckets.take("a", 2);
  await buckets.take("a", 2);
  expect(await buckets.take("a", 2)).toEqual({ isAllowed: false, remaining: 0, resetSeconds: 30 });
  expect((await buckets.take("b", 2)).isAllowed).toBe(true);
  clock.advance(3_600_000);
  expect(await buckets.take("a", 2)).toMatchObject({ isAllowed: true, remaining: 1 });
});

test("within any time no more requests are allowed than the bucket and the rate give", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 }),
      fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 900_000, max: 1_000_000 })),
      async (waits, perMinute) => {
        const clock = new FakeClock();
        const buckets = new InProcessBuckets(clock);
        let allowed = 0;
        for (const wait of waits) {
          clock.advance(wait);
          const { isAllowed, remaining } = await buckets.take("a", perMinute);
          if (isAllowed) allowed += 1;
          expect(remaining).toBeGreaterThanOrEqual(0);
          expect(remaining).toBeLessThan(perMinute);
        }
        // A token comes after whole µs, up to one too early.
        const mostTokens = (clock.now() * 1_000) / Math.floor(60_000_000 / perMinute);
        expect(allowed).toBeLessThanOrEqual(perMinute + mostTokens);
      },
    ),
  );
});

test("buckets that are full again are forgotten", async () => {
  const clock = new FakeClock();
  const buckets = new InProcessBuckets(clock);
  for (let caller = 0; caller < 10_000; caller += 1) await buckets.take(String(caller), 60);
  expect(buckets.size).toBe(10_000);
  clock.advance(60_000);
  await buckets.take("late", 60);
  expect(buckets.size).toBe(1);
});
