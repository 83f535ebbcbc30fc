import { Severity, type ValidationIssue, ValidationIssueSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";

/** The code of an issue. Stable, for programs. */
export type IssueCode =
  | "BAD_CRON"
  | "BAD_EXPRESSION"
  | "BAD_HEADER"
  | "BAD_NODE_ID"
  | "BAD_POINTER"
  | "BAD_TIME_ZONE"
  | "BAD_URL"
  | "CRON_DAY_OR_WEEKDAY"
  | "CRON_NEVER_FIRES"
  | "CYCLE"
  | "DANGLING_CONNECTION"
  | "DUPLICATE_CONNECTION"
  | "DUPLICATE_NODE_ID"
  | "EMPTY_LOOP"
  | "EXPRESSIONS_TOO_LARGE"
  | "INVALID_VALUE"
  | "LOOP_ENTERED"
  | "MISSING_VALUE"
  | "MORE_ISSUES"
  | "NAME_MISSING"
  | "NAME_TOO_LONG"
  | "NEEDS_INPUT"
  | "NESTED_LOOP"
  | "NOT_RUNNABLE_YET"
  | "NO_TRIGGER"
  | "SECRET_NOT_TAKEN"
  | "SEVERAL_TRIGGERS"
  | "SPEC_TOO_LARGE"
  | "TOO_DEEP"
  | "TOO_MANY_CONNECTIONS"
  | "TOO_MANY_NODES"
  | "TRIGGER_DOES_NOT_FIRE_YET"
  | "TRIGGER_HAS_INPUT"
  | "UNKNOWN_FIELD"
  | "UNKNOWN_NODE_TYPE"
  | "UNKNOWN_OUTPUT"
  | "UNREACHABLE_NODE";

/** Prevents the spec from being stored and run. */
export function error(code: IssueCode, path: string, message: string): ValidationIssue {
  return create(ValidationIssueSchema, { severity: Severity.ERROR, code, path, message });
}

/** Does not prevent storing; may prevent running. */
export function warning(code: IssueCode, path: string, message: string): ValidationIssue {
  return create(ValidationIssueSchema, { severity: Severity.WARNING, code, path, message });
}

/** Prevents nothing. */
export function info(code: IssueCode, path: string, message: string): ValidationIssue {
  return create(ValidationIssueSchema, { severity: Severity.INFO, code, path, message });
}

export function isError(issue: ValidationIssue): boolean {
  return issue.severity === Severity.ERROR;
}
