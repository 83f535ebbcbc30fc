import { MAX_EXPRESSION_LENGTH } from "../limits.ts";

/** Looks up the problem with the syntax of an expression, for people; `undefined` when there is none. */
export type Syntax = (expression: string) => string | undefined;

/** The problem with an expression that shows without parsing it; `undefined` when there is none. */
export function boundsProblem(expression: string): string | undefined {
  if (expression.trim() === "") return "the expression is empty";
  if (expression.length <= MAX_EXPRESSION_LENGTH) return undefined;
  return `the expression has ${expression.length} characters, at most ${MAX_EXPRESSION_LENGTH}`;
}
