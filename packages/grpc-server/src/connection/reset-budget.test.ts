import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { ResetBudget } from "./reset-budget.ts";

function reset(budget: ResetBudget, times: number): void {
  for (let count = 0; count < times; count += 1) budget.didReset();
}

test("after 10,000 resets at once the budget is spent", () => {
  const budget = new ResetBudget(new FakeClock());
  reset(budget, 9_999);
  expect(budget.isSpent).toBe(false);
  reset(budget, 1);
  expect(budget.isSpent).toBe(true);
});

test("1,000 resets a second never spend the budget", () => {
  const clock = new FakeClock();
  const budget = new ResetBudget(clock);
  for (let second = 0; second < 3_600; second += 1) {
    reset(budget, 1_000);
    clock.advance(1_000);
    expect(budget.isSpent).toBe(false);
  }
});

test("11 s after the last of any number of resets the budget is no longer spent", () => {
  const clock = new FakeClock();
  const budget = new ResetBudget(clock);
  reset(budget, 1_000_000);
  clock.advance(10_000);
  expect(budget.isSpent).toBe(true);
  clock.advance(1_000);
  expect(budget.isSpent).toBe(false);
});
