import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { maxRunTimeoutMs } from "../limits.ts";
import { error, warning } from "./issue.ts";
import { pointer } from "./pointer.ts";

/** What a list shows in one line. */
const maxNameLength = 200;

/** What the workflow as a whole is called, what its nodes are called, and how long a run may last. */
export function checkNames(spec: WorkflowSpec): readonly ValidationIssue[] {
  return [
    ...(spec.name.trim() === "" ? [warning("NAME_MISSING", "/name", "a name lets people find the workflow")] : []),
    ...checkLength(spec.name, "/name"),
    ...checkNodeIds(spec),
    ...checkDuration(spec.runTimeout, "/run_timeout", maxRunTimeoutMs),
  ];
}

export function checkLength(name: string, path: string): readonly ValidationIssue[] {
  if (name.length <= maxNameLength) return [];
  return [error("NAME_TOO_LONG", path, `the name has ${name.length} characters, at most ${maxNameLength}`)];
}

/** A limit that is set: above 0, at most `maxMs`. */
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
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(id)) {
      const expected = "a letter a-z, then up to 62 letters a-z, digits or underscores";
      return [error("BAD_NODE_ID", path, `"${id}" is no node id: ${expected}`)];
    }
    if (seen.has(id)) return [error("DUPLICATE_NODE_ID", path, `another node is called "${id}" as well`)];
    seen.add(id);
    return [];
  });
}
