import type { PromptMessage } from "@agent-team/language-models";
import { expect, test } from "vitest";
import { fitHistory, tokensOf } from "./history.ts";

const said = (count: number, length: number): readonly PromptMessage[] =>
  Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
    text: `${index} ${"x".repeat(length)}`,
  }));

test("the newest messages that fit are kept, whole and in order, from a message of the person on", () => {
  const history = said(200, 300);
  const kept = fitHistory(history, 1_000);

  expect(kept.length).toBe(8);
  expect(kept).toEqual(history.slice(-8));
  expect(kept.reduce((sum, { text }) => sum + tokensOf(text), 0)).toBeLessThanOrEqual(1_000);
});

test.for([0, 50])("a budget of %i tokens keeps nothing of long messages", (budget) => {
  expect(fitHistory(said(4, 8_000), budget)).toEqual([]);
});

test("a short conversation is kept whole", () => {
  expect(fitHistory(said(4, 10), 1_000)).toHaveLength(4);
});
