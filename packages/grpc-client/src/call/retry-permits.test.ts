import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { type ChannelEvent, ChannelEvents } from "../events.ts";
import { createRetryBudget } from "./retry-budget.ts";
import { RetryPermits } from "./retry-permits.ts";

test("an empty budget emits one event in ten seconds, with the number of refused retries", () => {
  const clock = new FakeClock();
  const events = new ChannelEvents();
  const seen: ChannelEvent[] = [];
  events.on((event) => seen.push(event));
  const permits = new RetryPermits(createRetryBudget(), clock, events);
  while (permits.balance > 0) expect(permits.tryWithdraw(1, "/test.Echo/Say")).toBe(true);
  expect(seen).toEqual([]);

  for (let i = 0; i < 100; i++) {
    expect(permits.tryWithdraw(1, "/test.Echo/Say")).toBe(false);
    clock.advance(100);
  }
  expect(seen).toEqual([{ type: "retry-budget-exhausted", method: "/test.Echo/Say", refused: 1 }]);
  permits.tryWithdraw(1, "/test.Echo/Say");
  expect(seen).toHaveLength(2);
  expect(seen[1]).toMatchObject({ refused: 100 });
});

test("what costs no token needs none", () => {
  const permits = new RetryPermits(createRetryBudget(), new FakeClock(), new ChannelEvents());
  while (permits.tryWithdraw(1, "/test.Echo/Say"));
  expect(permits.tryWithdraw(0, "/test.Echo/Say")).toBe(true);
});
