import { maxExpressionLength } from "./limits.ts";

/** What is wrong with the syntax of an expression, for people; `undefined` when nothing is. */
export type Syntax = (expression: string) => string | undefined;

/** What can be said about an expression without parsing it; `undefined` when nothing can. */
export function boundsProblem(expression: string): string | undefined {
  if (expression.trim() === "") return "the expression is empty";
  if (expression.length <= maxExpressionLength) return undefined;
  return `the expression has ${expression.length} characters, at most ${maxExpressionLength}`;
}
