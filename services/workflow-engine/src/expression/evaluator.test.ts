import { systemClock } from "@agent-team/grpc-client";
import { expect, onTestFinished, test } from "vitest";
import { ExpressionEvaluator } from "./evaluator.ts";
import type { Scope } from "./scope.ts";

const scope: Scope = {
  input: { total: 12, items: [{ price: 3 }, { price: 9 }] },
  nodes: { fetch: { status: 200 } },
  trigger: { by: "hand" },
};

function evaluator(): ExpressionEvaluator {
  const expressions = new ExpressionEvaluator({ clock: systemClock });
  onTestFinished(() => expressions.close());
  return expressions;
}

test.for([
  ["input.total > 10", true],
  ["$sum(input.items.price)", 12],
  ["nodes.fetch.status", 200],
  ["trigger.by & '!'", "hand!"],
  ["{ 'prices': input.items.price }", { prices: [3, 9] }],
  ["input.items[price > 5]", { price: 9 }],
  ["input.nothing", null],
  ["[1..3]", [1, 2, 3]],
] as const)("%s", async ([expression, value]) => {
  expect(await evaluator().evaluate(expression, scope)).toEqual(value);
});

test.for<[why: string, expression: string, code: string]>([
  ["an endless loop", "( $f := function($n) { $f($n + 1) }; $f(0) )", "EXPRESSION_TIMEOUT"],
  ["an error of its own", "$error('no good')", "EXPRESSION_FAILED"],
  ["a wrong type", "'a' * 2", "EXPRESSION_FAILED"],
  ["broken syntax", "input.(", "EXPRESSION_FAILED"],
  ["a large result", "$pad('', 300000, '*')", "OUTPUT_TOO_LARGE"],
])("%s ends in %s %s, and the next expression is served", async ([, expression, code]) => {
  const expressions = evaluator();
  const failing = expressions.evaluate(expression, scope);
  const next = expressions.evaluate("input.total", scope);

  await expect(failing).rejects.toMatchObject({ name: "NodeFailure", code });
  expect(await next).toBe(12);
});

test("an expression cannot reach this process", async () => {
  const expressions = evaluator();

  expect(await expressions.evaluate("process", scope)).toBeNull();
  expect(await expressions.evaluate("input.constructor", scope)).toBeNull();
  await expect(expressions.evaluate("$constructor('return process')()", scope)).rejects.toMatchObject({
    code: "EXPRESSION_FAILED",
  });
});

test("many at once get each its own value", async () => {
  const expressions = evaluator();
  const values = Array.from({ length: 50 }, (_, at) => at);

  expect(await Promise.all(values.map((at) => expressions.evaluate("input * 2", { ...scope, input: at })))).toEqual(
    values.map((at) => at * 2),
  );
});

test("closing twice, or without having been used, is fine", async () => {
  const expressions = evaluator();

  await expressions.close();
  await expressions.close();
});
