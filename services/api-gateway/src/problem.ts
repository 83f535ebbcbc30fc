import { STATUS_CODES } from "node:http";
import { BadRequestSchema, RetryInfoSchema } from "@agent-team/contracts";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { type CodeName, httpStatus } from "./http-status.ts";
import { isOfService, publicStatus, turnIdOf } from "./public-status.ts";
import { RequestError, type Violation } from "./request-error.ts";

/** The body of every response that is not a success. RFC 9457 (`application/problem+json`) with four members of ours. */
export interface Problem {
  /** `about:blank`: "the problem has no additional semantics beyond that of the HTTP status code" (RFC 9457 4.2.1). */
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: CodeName;
  /** The cause, for programs: `TURN_ACTIVE`, `BODY_TOO_LARGE`. Absent for a defect. */
  readonly reason?: string;
  readonly errors?: readonly Violation[];
  /** The turn that stands in the way, or that the request has begun. */
  readonly turn_id?: string;
  /** Finds the request in the logs of every service that it reached. */
  readonly trace_id: string;
}

export interface ProblemResponse {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** An unexpected failure: the log gets its stack, and the caller gets no detail. */
  readonly isDefect: boolean;
}

const CONTENT_TYPE = { "content-type": "application/problem+json" };

/** When the service names no delay: long enough for a channel to find another endpoint. */
const RETRY_AFTER_SECONDS = 1;

/** Turns any thrown value into a response. Nothing else does. */
export function toProblem(thrown: unknown, traceId: string): ProblemResponse {
  if (thrown instanceof RequestError) return fromRequestError(thrown, traceId);
  if (thrown instanceof ConnectError) return fromStatus(thrown, traceId);
  const problem: Problem = { ...head(500), detail: "internal error", code: "INTERNAL", trace_id: traceId };
  return { problem, headers: CONTENT_TYPE, isDefect: true };
}

function fromRequestError(error: RequestError, traceId: string): ProblemResponse {
  const { status, code, reason, message, violations, headers } = error;
  return {
    problem: { ...head(status), detail: message, code, reason, ...errors(violations), trace_id: traceId },
    headers: { ...CONTENT_TYPE, ...retryAfter(status), ...headers },
    isDefect: false,
  };
}

function fromStatus(error: ConnectError, traceId: string): ProblemResponse {
  const { detail, reason } = publicStatus(error);
  // The gateway has authenticated the caller. A service that refuses the identity refuses the gateway, not the caller.
  const isGatewayRefused = error.code === Code.Unauthenticated;
  const { status, name } = httpStatus(isGatewayRefused ? Code.Internal : error.code, reason);
  const violations = error.findDetails(BadRequestSchema).flatMap((each) => each.fieldViolations);
  const problem: Problem = {
    ...head(status),
    detail: isGatewayRefused ? `a service does not accept the identity that the gateway sends: ${detail}` : detail,
    code: name,
    reason,
    ...errors(violations.map(toViolation)),
    ...turnOf(error),
    trace_id: traceId,
  };
  return { problem, headers: { ...CONTENT_TYPE, ...retryAfter(status, error) }, isDefect: false };
}

function turnOf(error: ConnectError): Pick<Problem, "turn_id"> {
  const turnId = turnIdOf(error);
  return turnId === undefined ? {} : { turn_id: turnId };
}

function head(status: number): Pick<Problem, "type" | "title" | "status"> {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Client Closed Request", status };
}

function errors(violations: readonly Violation[]): Pick<Problem, "errors"> {
  return violations.length > 0 ? { errors: violations } : {};
}

function toViolation({ field, description, reason }: Required<Violation>): Violation {
  return reason === "" ? { field, description } : { field, description, reason };
}

/**
 * 503 always has the header, and 429 unless a service has refused for a quota or a full store: that names no delay, because waiting
 * does not help. Other statuses never have it.
 */
function retryAfter(status: number, error?: ConnectError): Readonly<Record<string, string>> {
  if (status !== 429 && status !== 503) return {};
  const delay = error?.findDetails(RetryInfoSchema)[0]?.retryDelay;
  if (status === 429 && delay === undefined && error !== undefined && isOfService(error)) return {};
  const seconds = delay === undefined ? RETRY_AFTER_SECONDS : Math.max(1, Math.ceil(durationMs(delay) / 1_000));
  return { "retry-after": String(seconds) };
}
