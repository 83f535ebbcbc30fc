import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import { error, warning } from "./issue.ts";
import { pointer } from "./pointer.ts";

const NODE_ID = /^[a-z][a-z0-9_]{0,62}$/;

/** A list shows a name in one line. */
const MAX_NAME_LENGTH = 200;

/** Checks the name and the run timeout of a workflow, and the ids of its nodes. */
export function checkNames(spec: WorkflowSpec): readonly ValidationIssue[] {
  return [
    ...(spec.name.trim() === ""
      ? [warning("NAME_MISSING", "/name", "expected a name, so that people can find the workflow")]
      : []),
    ...checkLength(spec.name, "/name"),
    ...checkNodeIds(spec),
    ...checkDuration(spec.runTimeout, "/run_timeout", MAX_RUN_TIMEOUT_MS),
  ];
}

export function checkLength(name: string, path: string): readonly ValidationIssue[] {
  if (name.length <= MAX_NAME_LENGTH) return [];
  return [error("NAME_TOO_LONG", path, `the name has ${name.length} characters, at most ${MAX_NAME_LENGTH}`)];
}

/** Checks a time limit: above 0, at most `maxMs`. */
export function checkDuration(limit: Duration | undefined, path: string, maxMs: number): readonly ValidationIssue[] {
  if (limit === undefined) return [];
  const ms = durationMs(limit);
  if (ms > 0 && ms <= maxMs) return [];
  return [error("INVALID_VALUE", path, `expected more than 0 and at most ${maxMs / 1000} s, got ${ms / 1000} s`)];
}

function checkNodeIds({ nodes }: WorkflowSpec): readonly ValidationIssue[] {
  const seen = new Set<string>();
  return nodes.flatMap(({ id }, index) => {
    const path = pointer("nodes", index, "id");
    if (!NODE_ID.test(id)) {
      const expected = "expected a letter a-z, then up to 62 letters a-z, digits or underscores";
      return [error("BAD_NODE_ID", path, `${expected}, got "${id}"`)];
    }
    if (seen.has(id)) return [error("DUPLICATE_NODE_ID", path, `another node has the id "${id}", too`)];
    seen.add(id);
    return [];
  });
}
