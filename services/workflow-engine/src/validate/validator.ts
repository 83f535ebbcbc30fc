import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import type { Expressions, Turn } from "../expressions.ts";
import type { EngineAbilities } from "../node-kind.ts";
import { checkCaps } from "./caps.ts";
import { expressionsOf } from "./expressions.ts";
import { boundsProblem } from "./syntax.ts";
import { validate } from "./validate.ts";

/** The lane of all that is validated for one owner. No run has this id. */
export const CHECKING_LANE = "";

/**
 * Validates specs. Expressions are parsed in an expression process and on the owner's account: parsing takes time in the square
 * of their length, and this thread answers the calls of all owners.
 */
export class Validator {
  readonly #expressions: Expressions;
  readonly #abilities: EngineAbilities;

  constructor(expressions: Expressions, abilities: EngineAbilities) {
    this.#expressions = expressions;
    this.#abilities = abilities;
  }

  /**
   * All issues of a spec.
   *
   * @throws EngineEnding; the reason of the turn's signal when it fires
   */
  async validate(spec: WorkflowSpec, turn: Turn): Promise<readonly ValidationIssue[]> {
    const tooLarge = checkCaps(spec);
    if (tooLarge.length > 0) return tooLarge;
    const problems = new Map<string, string | undefined>();
    for (const expression of new Set(expressionsOf(spec))) {
      if (boundsProblem(expression) !== undefined) continue;
      // One after the other, so that a workflow has at most one expression in the queue.
      problems.set(expression, await this.#expressions.parse(expression, turn));
    }
    return validate(spec, (expression) => problems.get(expression), this.#abilities);
  }
}
