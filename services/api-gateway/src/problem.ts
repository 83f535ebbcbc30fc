import { STATUS_CODES } from "node:http";
import { BadRequestSchema, RetryInfoSchema } from "@agent-team/contracts";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { type CodeName, httpStatus } from "./http-status.ts";
import { publicStatus } from "./public-status.ts";
import { RequestError, type Violation } from "./request-error.ts";

/** The body of every answer that is not a success. RFC 9457 (`application/problem+json`) with five members of ours. */
export interface Problem {
  /** `about:blank`: "the problem has no additional semantics beyond that of the HTTP status code" (RFC 9457 4.2.1). */
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: CodeName;
  /** Why, for programs: `TURN_ACTIVE`, `BODY_TOO_LARGE`. */
  readonly reason?: string;
  readonly errors?: readonly Violation[];
  /** Finds the request in the logs of every service it reached. */
  readonly trace_id: string;
}

export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** Nobody planned this failure: it is logged with its stack, and the caller learns nothing of it. */
  readonly isDefect: boolean;
}

export const problemMediaType = "application/problem+json";

/** Seconds of Retry-After when the service named none: long enough for a channel to find another endpoint. */
const defaultRetryAfterSeconds = 1;

/** The one place where whatever was thrown becomes an answer. */
export function toProblem(thrown: unknown, traceId: string): ProblemAnswer {
  if (thrown instanceof RequestError) return fromRefusal(thrown, traceId);
  if (thrown instanceof ConnectError) return fromStatus(thrown, traceId);
  const problem: Problem = { ...head(500), detail: "internal error", code: "INTERNAL", trace_id: traceId };
  return { problem, headers: {}, isDefect: true };
}

function fromRefusal(error: RequestError, traceId: string): ProblemAnswer {
  const { status, code, reason, message, violations, headers } = error;
  const errors = violations.length > 0 ? { errors: violations } : {};
  return {
    problem: { ...head(status), detail: message, code, reason, ...errors, trace_id: traceId },
    headers: { ...defaultRetryAfter(status), ...headers },
    isDefect: false,
  };
}

function fromStatus(error: ConnectError, traceId: string): ProblemAnswer {
  const { detail, reason } = publicStatus(error);
  // The caller has shown who it is, or it would not have come so far: what a service refuses is the gateway's own word.
  const isOurs = error.code === Code.Unauthenticated;
  const { status, name } = httpStatus(isOurs ? Code.Internal : error.code, reason);
  const violations = error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  const problem: Problem = {
    ...head(status),
    detail: isOurs ? `a service does not accept the identity that the gateway sends: ${detail}` : detail,
    code: name,
    reason,
    ...(violations.length > 0 ? { errors: violations.map(toViolation) } : {}),
    trace_id: traceId,
  };
  return { problem, headers: retryAfter(status, error), isDefect: false };
}

function head(status: number): Pick<Problem, "type" | "title" | "status"> {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Client Closed Request", status };
}

function toViolation({
  field,
  description,
  reason,
}: {
  field: string;
  description: string;
  reason: string;
}): Violation {
  return reason === "" ? { field, description } : { field, description, reason };
}

/** 429 and 503 always say when to come back; other statuses never do. */
function retryAfter(status: number, error: ConnectError): Readonly<Record<string, string>> {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const byDefault = defaultRetryAfter(status);
  if (delay === undefined || !("retry-after" in byDefault)) return byDefault;
  return { "retry-after": String(Math.max(1, Math.ceil(durationMs(delay) / 1_000))) };
}

function defaultRetryAfter(status: number): Readonly<Record<string, string>> {
  return status === 429 || status === 503 ? { "retry-after": String(defaultRetryAfterSeconds) } : {};
}
