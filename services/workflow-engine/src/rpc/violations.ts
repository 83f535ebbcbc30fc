import type { ValidationIssue } from "@agent-team/contracts";
import { cutText } from "../cut-text.ts";
import { info, isError } from "../validate/issue.ts";

// Bounds the report of a bad request: its mistakes can be as long as the request, and an answer cannot.

/** Issues of one answer, and bytes of the path and the message of each: together less than 1 MiB. */
const MAX_ISSUES = 200;
const MAX_ISSUE_TEXT_BYTES = 2048;

/** The same for an error: its details travel in trailers, which clients limit to 8 KiB together. */
const MAX_VIOLATIONS = 50;
const MAX_VIOLATION_TEXT_BYTES = 256;
const MAX_VIOLATIONS_BYTES: number = 4 * 1024;

/** One mistake of a request, as an entry of google.rpc.BadRequest. */
export interface Violation {
  /** Path of the field, for instance "spec.nodes[2].configuration.url". */
  readonly field: string;
  readonly description: string;
  /** The code of a validation issue; empty for any other mistake. */
  readonly reason: string;
}

/** The first issues, errors before others when there are too many; then the number of further issues. */
export function boundedIssues(issues: readonly ValidationIssue[]): readonly ValidationIssue[] {
  if (issues.length <= MAX_ISSUES) return issues.map(cutIssue);
  const errorsFirst = [...issues.filter(isError), ...issues.filter((issue) => !isError(issue))];
  const more = issues.length - (MAX_ISSUES - 1);
  return [...errorsFirst.slice(0, MAX_ISSUES - 1).map(cutIssue), info("MORE_ISSUES", "", `and ${more} more`)];
}

function cutIssue({ path, message, ...issue }: ValidationIssue): ValidationIssue {
  return { ...issue, path: cutText(path, MAX_ISSUE_TEXT_BYTES), message: cutText(message, MAX_ISSUE_TEXT_BYTES) };
}

/** The first violations; then one without a field, with the number of further violations. */
export function boundedViolations(violations: readonly Violation[]): readonly Violation[] {
  const shown: Violation[] = [];
  let bytes = 0;
  for (const violation of violations.slice(0, MAX_VIOLATIONS).map(cutViolation)) {
    bytes += Buffer.byteLength(violation.field + violation.description + violation.reason);
    if (bytes > MAX_VIOLATIONS_BYTES) break;
    shown.push(violation);
  }
  const more = violations.length - shown.length;
  return more === 0 ? shown : [...shown, { field: "", description: `and ${more} more`, reason: "MORE_ISSUES" }];
}

function cutViolation({ field, description, reason }: Violation): Violation {
  return {
    field: cutText(field, MAX_VIOLATION_TEXT_BYTES),
    description: cutText(description, MAX_VIOLATION_TEXT_BYTES),
    reason,
  };
}
