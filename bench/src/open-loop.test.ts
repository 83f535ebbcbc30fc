import { expect, test } from "vitest";
import { openLoop } from "./open-loop.ts";

test("calls begin at the rate although none has ended, and a late start counts as latency", async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let begun = 0;
  const startMs = performance.now();
  const latencies = await openLoop(
    () => {
      if (++begun === 10) end();
      return ended;
    },
    { calls: 10, perSecond: 1_000 },
  );

  const tookMs = performance.now() - startMs;
  expect(latencies).toHaveLength(10);
  // All end together, and each had begun a millisecond after the one before it.
  for (const [i, ms] of latencies.entries()) if (i > 0) expect((latencies[i - 1] ?? 0) - ms).toBeCloseTo(1, 0);
  expect(latencies[0]).toBeLessThanOrEqual(tookMs);
});

test("it fails with the error of a call", async () => {
  const fail = (): Promise<void> => Promise.reject(new Error("not today"));
  await expect(openLoop(fail, { calls: 2, perSecond: 1_000 })).rejects.toThrow("not today");
});
