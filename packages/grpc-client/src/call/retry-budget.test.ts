import fc from "fast-check";
import { expect, test } from "vitest";
import { createRetryBudget, releaseRetryBudget, shareRetryBudget } from "./retry-budget.ts";

test("a budget begins with ten retries and refuses the eleventh", () => {
  const budget = createRetryBudget();
  const granted = Array.from({ length: 11 }, () => budget.tryWithdraw());
  expect(granted).toEqual([...new Array(10).fill(true), false]);
  expect(budget.balance).toBe(0);
});

test("ten successes pay for one retry", () => {
  const budget = createRetryBudget();
  while (budget.tryWithdraw());
  for (let i = 0; i < 9; i++) budget.deposit();
  expect(budget.tryWithdraw()).toBe(false);
  budget.deposit();
  expect(budget.tryWithdraw()).toBe(true);
});

test("a withdrawal of two tokens takes two or none", () => {
  const budget = createRetryBudget();
  for (let i = 0; i < 4; i++) budget.tryWithdraw(2);
  budget.tryWithdraw();
  expect(budget.tryWithdraw(2)).toBe(false);
  expect(budget.balance).toBe(1);
});

test("channels to one target share a budget until the last of them closes", () => {
  const [first, second] = [shareRetryBudget("agent"), shareRetryBudget("agent")];
  const other = shareRetryBudget("engine");
  expect(second).toBe(first);
  expect(other).not.toBe(first);
  first.tryWithdraw();
  releaseRetryBudget("agent");
  expect(shareRetryBudget("agent").balance).toBe(9);
  releaseRetryBudget("agent");
  releaseRetryBudget("agent");
  expect(shareRetryBudget("agent").balance).toBe(10);
  releaseRetryBudget("agent");
  releaseRetryBudget("engine");
});

test("a budget is never below 0 or above 100, and retries stay within the published bound", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 3_000 }), (succeeds) => {
      const budget = createRetryBudget();
      let retries = 0;
      let successes = 0;
      for (const success of succeeds) {
        if (success) {
          successes++;
          budget.deposit();
        } else if (budget.tryWithdraw()) retries++;
        expect(budget.balance).toBeGreaterThanOrEqual(0);
        expect(budget.balance).toBeLessThanOrEqual(100);
      }
      expect(retries).toBeLessThanOrEqual(10 + 0.1 * successes);
    }),
    { numRuns: 50 },
  );
});
