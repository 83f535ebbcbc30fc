import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { Turn } from "../expression/evaluator.ts";
import { isError } from "../validate/issue.ts";
import { parsePointer } from "../validate/pointer.ts";
import type { Validator } from "../validate/validator.ts";
import { badRequest, rpcError } from "./errors.ts";

/** The spec of a request, which may be stored. */
export async function checkedSpec(
  spec: WorkflowSpec | undefined,
  validator: Validator,
  turn: Turn,
): Promise<WorkflowSpec> {
  if (spec === undefined) throw badRequest("spec", "expected a workflow");
  const errors = (await validator.validate(spec, turn)).filter(isError);
  if (errors.length > 0) throw invalidWorkflow(errors);
  return spec;
}

function invalidWorkflow(errors: readonly ValidationIssue[]): ConnectError {
  const [first] = errors;
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return rpcError(Code.InvalidArgument, "WORKFLOW_INVALID", `${first?.path}: ${first?.message}${others}`, {
    violations: errors.map(({ path, message, code }) => ({ field: fieldOf(path), description: message, reason: code })),
  });
}

/** A pointer into the spec as a field path of the request: "/nodes/2/id" is "spec.nodes[2].id". */
export function fieldOf(pointer: string): string {
  const steps = parsePointer(pointer) ?? [];
  return `spec${steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("")}`;
}
