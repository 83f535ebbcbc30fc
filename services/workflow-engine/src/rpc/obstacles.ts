import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { Code } from "@connectrpc/connect";
import type { EngineAbilities } from "../node-kind.ts";
import { checkNeedsInput } from "../validate/needs-input.ts";
import { pointer } from "../validate/pointer.ts";
import { obstaclesOf } from "../validate/runnable.ts";
import type { Reason } from "./errors.ts";
import { issuesError } from "./invalid-workflow.ts";

/** What keeps this engine from running a valid spec to its end. */
export function obstaclesOfSpec(
  spec: WorkflowSpec | undefined,
  abilities: EngineAbilities,
): readonly ValidationIssue[] {
  return (spec?.nodes ?? []).flatMap((node, index) => {
    const path = pointer("nodes", index);
    return [...checkNeedsInput(node, path), ...obstaclesOf(node, path, abilities)];
  });
}

/** @throws FAILED_PRECONDITION for a workflow that this engine cannot run to its end */
export function refuseUnlessRunnable(spec: WorkflowSpec | undefined, abilities: EngineAbilities): void {
  const obstacles = obstaclesOfSpec(spec, abilities);
  const [first] = obstacles;
  if (first !== undefined) throw issuesError(Code.FailedPrecondition, reasonOf(first.code), obstacles);
}

/** The stored spec is valid, so its obstacles have no other codes. */
function reasonOf(code: string): Reason {
  return code as Extract<Reason, "NEEDS_INPUT" | "NOT_RUNNABLE_YET" | "SECRET_NOT_TAKEN">;
}
