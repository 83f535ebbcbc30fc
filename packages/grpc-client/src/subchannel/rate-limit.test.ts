import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

test("a burst at once, then the rate, and never more than a burst is saved", () => {
  const clock = new FakeClock();
  const limit = new RateLimit({ burst: 2, perSecond: 2 }, clock);
  const take = (): boolean[] => [limit.tryTake(), limit.tryTake(), limit.tryTake()];
  expect(take()).toEqual([true, true, false]);
  clock.advance(499);
  expect(limit.tryTake()).toBe(false);
  clock.advance(1);
  expect(take()).toEqual([true, false, false]);
  clock.advance(3_600_000);
  expect(take()).toEqual([true, true, false]);
});
