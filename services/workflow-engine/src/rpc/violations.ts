import type { ValidationIssue } from "@agent-team/contracts";
import { cutText } from "../text.ts";
import { info, isError } from "../validate/issue.ts";
import type { Violation } from "./errors.ts";

// How much is said about a bad request at once. What is wrong can be as long as the request, and an answer cannot.

/** Issues of one answer, and bytes of the path and the message of each: together less than 1 MiB. */
const MAX_ISSUES = 200;
const MAX_ISSUE_TEXT_BYTES = 2048;

/** The same for an error: its details travel in trailers, which clients limit to 8 KiB together. */
const MAX_VIOLATIONS = 50;
const MAX_VIOLATION_TEXT_BYTES = 256;
const MAX_VIOLATIONS_BYTES: number = 4 * 1024;

/** The first issues, errors before others when there are too many; then how many more there are. */
export function boundedIssues(issues: readonly ValidationIssue[]): readonly ValidationIssue[] {
  const cut = ({ path, message, ...issue }: ValidationIssue): ValidationIssue => ({
    ...issue,
    path: cutText(path, MAX_ISSUE_TEXT_BYTES),
    message: cutText(message, MAX_ISSUE_TEXT_BYTES),
  });
  if (issues.length <= MAX_ISSUES) return issues.map(cut);
  const errorsFirst = [...issues.filter(isError), ...issues.filter((issue) => !isError(issue))];
  const more = issues.length - (MAX_ISSUES - 1);
  return [...errorsFirst.slice(0, MAX_ISSUES - 1).map(cut), info("MORE_ISSUES", "", `and ${more} more`)];
}

/** The first violations; then one without a field that says how many more there are. */
export function boundedViolations(violations: readonly Violation[]): readonly Violation[] {
  const shown: Violation[] = [];
  let bytes = 0;
  for (const { field, description, reason } of violations.slice(0, MAX_VIOLATIONS)) {
    const violation = {
      field: cutText(field, MAX_VIOLATION_TEXT_BYTES),
      description: cutText(description, MAX_VIOLATION_TEXT_BYTES),
      reason,
    };
    bytes += Buffer.byteLength(violation.field + violation.description + reason);
    if (bytes > MAX_VIOLATIONS_BYTES) break;
    shown.push(violation);
  }
  const more = violations.length - shown.length;
  return more === 0 ? shown : [...shown, { field: "", description: `and ${more} more`, reason: "MORE_ISSUES" }];
}
