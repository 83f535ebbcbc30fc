import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import type { ExpressionEvaluator, Turn } from "../expression/evaluator.ts";
import { boundsProblem } from "../expression/syntax.ts";
import { checkCaps } from "./caps.ts";
import { expressionsOf } from "./expressions.ts";
import { validate } from "./validate.ts";

/** Of all that is checked for one owner; no run is called so. */
export const checkingLane = "";

/**
 * Validates on behalf of an owner. Expressions are parsed where they run, in another process and in the owner's turn:
 * parsing takes time in the square of their length, and this thread answers the calls of all owners.
 */
export class Validator {
  readonly #expressions: ExpressionEvaluator;

  constructor(expressions: ExpressionEvaluator) {
    this.#expressions = expressions;
  }

  /** Everything that is to be said about a spec. Rejects with the reason of the turn's signal. */
  async validate(spec: WorkflowSpec, turn: Turn): Promise<readonly ValidationIssue[]> {
    const tooLarge = checkCaps(spec);
    if (tooLarge.length > 0) return tooLarge;
    const problems = new Map<string, string | undefined>();
    for (const expression of new Set(expressionsOf(spec))) {
      if (boundsProblem(expression) !== undefined) continue;
      // One after the other, so that a workflow has one expression in the queue.
      problems.set(expression, await this.#expressions.parse(expression, turn));
    }
    return validate(spec, (expression) => problems.get(expression));
  }
}
