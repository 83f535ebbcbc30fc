import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { ResetBudget } from "./reset-budget.ts";

function reset(budget: ResetBudget, times: number): void {
  for (let count = 0; count < times; count += 1) budget.didReset();
}

test("10,000 resets at once are free, and the next stream is refused", () => {
  const budget = new ResetBudget(new FakeClock());
  reset(budget, 9_999);
  expect(budget.isSpent).toBe(false);
  reset(budget, 1);
  expect(budget.isSpent).toBe(true);
});

test("1,000 a second are free for as long as they come", () => {
  const clock = new FakeClock();
  const budget = new ResetBudget(clock);
  for (let second = 0; second < 3_600; second += 1) {
    reset(budget, 1_000);
    clock.advance(1_000);
    expect(budget.isSpent).toBe(false);
  }
});

test("service begins again within 11 s of the last reset, however many there were", () => {
  const clock = new FakeClock();
  const budget = new ResetBudget(clock);
  reset(budget, 1_000_000);
  clock.advance(10_000);
  expect(budget.isSpent).toBe(true);
  clock.advance(1_000);
  expect(budget.isSpent).toBe(false);
});
