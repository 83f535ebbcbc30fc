import type { Node, RetryPolicy, ValidationIssue } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import { jsonProblem } from "../json-problem.ts";
import { MAX_ATTEMPTS, MAX_NODE_TIMEOUT_MS } from "../limits.ts";
import type { EngineAbilities } from "../node-kind.ts";
import { NODE_KINDS, nameOf, nodeKindOf } from "../nodes/catalogue.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkExpressions } from "./expressions.ts";
import { checkFirings } from "./firings.ts";
import { error } from "./issue.ts";
import { checkDuration, checkLength } from "./names.ts";
import { checkNeedsInput, isExcused } from "./needs-input.ts";
import { pointer } from "./pointer.ts";
import { checkRunnable } from "./runnable.ts";
import type { Syntax } from "./syntax.ts";

/** One node by itself; `connections.ts` and `topology.ts` check its connections. */
export function checkNode(
  node: Node,
  index: number,
  syntax: Syntax,
  abilities: EngineAbilities,
): readonly ValidationIssue[] {
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
    ...checkDuration(node.timeout, `${path}/timeout`, MAX_NODE_TIMEOUT_MS),
    ...checkRetryPolicy(node.retryPolicy, `${path}/retry_policy`),
    ...checkNeedsInput(node, path),
    ...checkRunnable(node, path, abilities),
    ...checkFirings(node, path),
  ];
}

function checkKind(node: Node, configuration: JsonObject, path: string): readonly ValidationIssue[] {
  const kind = nodeKindOf(node);
  if (kind !== undefined) return checkConfiguration(kind, configuration, `${path}/configuration`);
  const known = NODE_KINDS.map(nameOf).join(", ");
  return [error("UNKNOWN_NODE_TYPE", `${path}/subtype`, `expected one of ${known}, got ${nameOf(node)}`)];
}

function checkRetryPolicy(policy: RetryPolicy | undefined, path: string): readonly ValidationIssue[] {
  if (policy === undefined) return [];
  const issues: ValidationIssue[] = [];
  if (policy.maxAttempts > MAX_ATTEMPTS) {
    const message = `${policy.maxAttempts} attempts, at most ${MAX_ATTEMPTS}`;
    issues.push(error("INVALID_VALUE", `${path}/max_attempts`, message));
  }
  // NaN, too, is neither 0 nor at least 1.
  if (policy.backoffMultiplier !== 0 && !(policy.backoffMultiplier >= 1)) {
    issues.push(error("INVALID_VALUE", `${path}/backoff_multiplier`, "expected at least 1, or 0 for the default"));
  }
  return issues;
}
