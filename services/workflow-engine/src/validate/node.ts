import type { Node, RetryPolicy, ValidationIssue } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Syntax } from "../expression/syntax.ts";
import { jsonProblem } from "../json-problem.ts";
import { maxAttempts, maxNodeTimeoutMs } from "../limits.ts";
import { nameOf, nodeKindOf, nodeKinds } from "../nodes/catalogue.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkExpressions } from "./expressions.ts";
import { error, info } from "./issue.ts";
import { checkDuration, checkLength } from "./names.ts";
import { checkNeedsInput, isExcused } from "./needs-input.ts";
import { pointer } from "./pointer.ts";
import { checkRunnable } from "./runnable.ts";

/** What one node says about itself; how it is connected is checked elsewhere. */
export function checkNode(node: Node, index: number, syntax: Syntax): readonly ValidationIssue[] {
  const path = pointer("nodes", index);
  const configuration = node.configuration ?? {};
  const tooDeep = jsonProblem(configuration);
  if (tooDeep?.kind === "too-deep") return [error("TOO_DEEP", `${path}/configuration`, tooDeep.message)];
  const ofConfiguration = checkKind(node, configuration, path).filter(
    (issue) => !isExcused(node, configuration, issue.path.slice(`${path}/configuration`.length)),
  );
  return [
    ...checkLength(node.name, `${path}/name`),
    ...ofConfiguration,
    ...checkExpressions(configuration, `${path}/configuration`, syntax),
    ...checkDuration(node.timeout, `${path}/timeout`, maxNodeTimeoutMs),
    ...checkRetryPolicy(node.retryPolicy, `${path}/retry_policy`),
    ...checkNeedsInput(node, path),
    ...checkRunnable(node, path),
  ];
}

function checkKind(node: Node, configuration: JsonObject, path: string): readonly ValidationIssue[] {
  const kind = nodeKindOf(node);
  if (kind !== undefined) return checkConfiguration(kind, configuration, `${path}/configuration`);
  const known = nodeKinds.map(nameOf).join(", ");
  return [error("UNKNOWN_NODE_TYPE", `${path}/subtype`, `there is no ${nameOf(node)}; there are ${known}`)];
}

function checkRetryPolicy(policy: RetryPolicy | undefined, path: string): readonly ValidationIssue[] {
  if (policy === undefined) return [];
  const issues: ValidationIssue[] = [];
  if (policy.maxAttempts > maxAttempts) {
    const message = `${policy.maxAttempts} attempts, at most ${maxAttempts}`;
    issues.push(error("INVALID_VALUE", `${path}/max_attempts`, message));
  }
  // Also NaN, which is neither 0 nor at least 1.
  if (policy.backoffMultiplier !== 0 && !(policy.backoffMultiplier >= 1)) {
    issues.push(error("INVALID_VALUE", `${path}/backoff_multiplier`, "expected at least 1, or 0 for the default"));
  }
  if (policy.maxAttempts > 1)
    issues.push(info("RETRY_NOT_RUN_YET", path, "kept, but each node has one attempt for now"));
  return issues;
}
