import { expect, test } from "vitest";
import { ResetBudget } from "./reset-budget.ts";

/** A budget on a clock that stands still until `pass`. */
function budgetAt(): { readonly budget: ResetBudget; readonly pass: (ms: number) => void } {
  let nowMs = 0;
  const budget = new ResetBudget(() => nowMs);
  return {
    budget,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

function reset(budget: ResetBudget, times: number): void {
  for (let count = 0; count < times; count += 1) budget.didReset();
}

test("after 10,000 resets at once the budget is spent", () => {
  const { budget } = budgetAt();
  reset(budget, 9_999);
  expect(budget.isSpent).toBe(false);
  reset(budget, 1);
  expect(budget.isSpent).toBe(true);
});

test("1,000 resets a second never spend the budget", () => {
  const { budget, pass } = budgetAt();
  for (let second = 0; second < 3_600; second += 1) {
    reset(budget, 1_000);
    pass(1_000);
    expect(budget.isSpent).toBe(false);
  }
});

test("11 s after the last of any number of resets the budget is no longer spent", () => {
  const { budget, pass } = budgetAt();
  reset(budget, 1_000_000);
  pass(10_000);
  expect(budget.isSpent).toBe(true);
  pass(1_000);
  expect(budget.isSpent).toBe(false);
});
