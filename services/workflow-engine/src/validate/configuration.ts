import type { ValidationIssue } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import type { z } from "zod";
import type { NodeKind } from "../node-kind.ts";
import { error, type IssueCode } from "./issue.ts";
import { pointer, valueAt } from "./pointer.ts";

/** Checks a node's configuration against the schema of its kind. */
export function checkConfiguration(
  kind: NodeKind,
  configuration: JsonObject,
  path: string,
): readonly ValidationIssue[] {
  const { error: found } = kind.configuration.safeParse(configuration);
  return (found?.issues ?? []).flatMap((issue) => toIssues(issue, configuration, path));
}

function toIssues(issue: z.core.$ZodIssue, configuration: JsonObject, path: string): readonly ValidationIssue[] {
  const place = path + pointer(...issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => error("UNKNOWN_FIELD", place + pointer(key), `there is no field "${key}" here`));
  }
  if (isEmpty(valueAt(configuration, issue.path))) {
    return [error("MISSING_VALUE", place, `${String(issue.path.at(-1))} is required`)];
  }
  return [error(codeOf(issue), place, issue.message)];
}

/** Whether a value counts as missing. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** Checks of `fields.ts` and the kinds carry their code; zod's own checks are of type and range. */
function codeOf(issue: z.core.$ZodIssue): IssueCode {
  if (issue.code === "custom") return (issue.params?.["code"] as IssueCode | undefined) ?? "INVALID_VALUE";
  // The key of a record: the issue of its own check has the code.
  if (issue.code === "invalid_key") return issue.issues.map(codeOf)[0] ?? "INVALID_VALUE";
  return "INVALID_VALUE";
}
