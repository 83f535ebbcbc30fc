import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { Turn } from "../expressions.ts";
import { isError } from "../validate/issue.ts";
import { parsePointer } from "../validate/pointer.ts";
import type { Validator } from "../validate/validator.ts";
import { badRequest, type Reason, rpcError } from "./errors.ts";

const INDEX = /^\d+$/;

/**
 * The spec of a request that creates or updates a workflow.
 *
 * @throws INVALID_ARGUMENT when the spec is absent or has errors
 */
export async function checkedSpec(
  spec: WorkflowSpec | undefined,
  validator: Validator,
  turn: Turn,
): Promise<WorkflowSpec> {
  if (spec === undefined) throw badRequest("spec", "expected a workflow");
  const errors = (await validator.validate(spec, turn)).filter(isError);
  if (errors.length > 0) throw issuesError(Code.InvalidArgument, "WORKFLOW_INVALID", errors);
  return spec;
}

/** An error with all issues. Its message has the first one. */
export function issuesError(code: Code, reason: Reason, issues: readonly ValidationIssue[]): ConnectError {
  const [first] = issues;
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return rpcError(code, reason, `${first?.path}: ${first?.message}${others}`, {
    violations: issues.map((issue) => ({ field: fieldOf(issue.path), description: issue.message, reason: issue.code })),
  });
}

/** A pointer into the spec as a field path of the request: "/nodes/2/id" is "spec.nodes[2].id". */
function fieldOf(pointer: string): string {
  const steps = parsePointer(pointer) ?? [];
  return `spec${steps.map((step) => (INDEX.test(step) ? `[${step}]` : `.${step}`)).join("")}`;
}
