import { BadRequestSchema, ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";

/** What a caller is told: a gRPC code, a reason for programs and a sentence for people. */
export interface Failure {
  readonly code: Code;
  /** As in google.rpc.ErrorInfo, for instance "TURN_ACTIVE". */
  readonly reason: string;
  /** Names no secret and no internal address. */
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly violations?: readonly FieldViolation[] | undefined;
  readonly cause?: unknown;
}

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** The one way in which this service makes an error: always with ErrorInfo, and BadRequest where fields are wrong. */
export function toError({ code, reason, message, metadata, violations, cause }: Failure): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason, metadata: { ...metadata } } };
  const bad = { desc: BadRequestSchema, value: { fieldViolations: [...(violations ?? [])] } };
  return new ConnectError(message, code, undefined, violations === undefined ? [info] : [info, bad], cause);
}

/** The same answer for what does not exist and for what belongs to somebody else. */
export function notFound(what: string): ConnectError {
  return toError({ code: Code.NotFound, reason: "NOT_FOUND", message: `${what} was not found` });
}

export function invalid(violations: readonly FieldViolation[]): ConnectError {
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return toError({ code: Code.InvalidArgument, reason: "INVALID_REQUEST", message, violations });
}

export function notYet(what: string): ConnectError {
  return toError({ code: Code.Unimplemented, reason: "NOT_IMPLEMENTED", message: `this version cannot ${what} yet` });
}
