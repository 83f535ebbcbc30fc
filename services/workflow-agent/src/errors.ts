import { BadRequestSchema, type ErrorInfo, ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";

/** Of every ErrorInfo of this system. */
const DOMAIN = "agentteam";

/** An error for the caller: a gRPC code, a reason for programs, and a sentence for people. */
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

/** Makes every error of this service: with ErrorInfo, and with BadRequest if fields are wrong. */
export function toError({ code, reason, message, metadata, violations, cause }: Failure): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { domain: DOMAIN, reason, metadata: { ...metadata } } };
  const bad = { desc: BadRequestSchema, value: { fieldViolations: [...(violations ?? [])] } };
  return new ConnectError(message, code, undefined, violations === undefined ? [info] : [info, bad], cause);
}

/** The reverse of `toError`. The message of an error of another origin, such as a channel's, may name internal addresses: it is left out. */
export function toFailure(error: ConnectError): Failure {
  const { code, rawMessage } = error;
  const info = infoOf(error);
  if (info !== undefined)
    return { code, reason: info.reason, message: rawMessage, metadata: info.metadata, cause: error };
  return { code, reason: "TURN_FAILED", message: "a service that the agent needs has failed", cause: error };
}

/** Whether its message was written for callers. */
export function isPublic(error: ConnectError): boolean {
  return infoOf(error) !== undefined;
}

function infoOf(error: ConnectError): ErrorInfo | undefined {
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN);
}

/** The same error for a missing resource and for another owner's resource, so that a caller cannot tell them apart. */
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
