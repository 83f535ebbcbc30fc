import type { CodeName } from "./http-status.ts";

/** One fault of a request. */
export interface Violation {
  /** The path of the field, such as `spec.nodes[2].timeout`. Empty for the body as a whole. */
  readonly field: string;
  /** For people. */
  readonly description: string;
  /** For programs. Absent where a service gives none. */
  readonly reason?: string | undefined;
}

/** Why the gateway itself refuses a request or cannot complete it, with the status and the code of the response. */
const REFUSALS = {
  MALFORMED_BODY: { status: 400, code: "INVALID_ARGUMENT" },
  INVALID_FIELD: { status: 400, code: "INVALID_ARGUMENT" },
  UNSUPPORTED_PARAMETER: { status: 400, code: "INVALID_ARGUMENT" },
  MALFORMED_REQUEST: { status: 400, code: "INVALID_ARGUMENT" },
  CREDENTIAL_MISSING: { status: 401, code: "UNAUTHENTICATED" },
  CREDENTIAL_MALFORMED: { status: 401, code: "UNAUTHENTICATED" },
  CREDENTIAL_NOT_ACCEPTED: { status: 401, code: "UNAUTHENTICATED" },
  API_KEY_UNKNOWN: { status: 401, code: "UNAUTHENTICATED" },
  TICKET_EXPIRED: { status: 401, code: "UNAUTHENTICATED" },
  TICKET_INVALID: { status: 401, code: "UNAUTHENTICATED" },
  TICKET_USED: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_ALGORITHM: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_AUDIENCE: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_EXPIRED: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_ISSUER: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_KEY_UNKNOWN: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_KEY_UNUSABLE: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_NOT_YET_VALID: { status: 401, code: "UNAUTHENTICATED" },
  TOKEN_SIGNATURE: { status: 401, code: "UNAUTHENTICATED" },
  SCOPE_MISSING: { status: 403, code: "PERMISSION_DENIED" },
  HOST_NOT_ALLOWED: { status: 403, code: "PERMISSION_DENIED" },
  ORIGIN_NOT_ALLOWED: { status: 403, code: "PERMISSION_DENIED" },
  MODEL_NOT_FOUND: { status: 404, code: "NOT_FOUND" },
  PAGE_MISSING: { status: 404, code: "NOT_FOUND" },
  ROUTE_NOT_FOUND: { status: 404, code: "NOT_FOUND" },
  METHOD_NOT_ALLOWED: { status: 405, code: "UNIMPLEMENTED" },
  NOT_ACCEPTABLE: { status: 406, code: "INVALID_ARGUMENT" },
  REQUEST_TIMEOUT: { status: 408, code: "DEADLINE_EXCEEDED" },
  NO_DRAFT: { status: 409, code: "FAILED_PRECONDITION" },
  TURN_GONE: { status: 410, code: "NOT_FOUND" },
  VERSION_CONFLICT: { status: 412, code: "ABORTED" },
  BODY_TOO_LARGE: { status: 413, code: "INVALID_ARGUMENT" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, code: "INVALID_ARGUMENT" },
  RATE_LIMITED: { status: 429, code: "RESOURCE_EXHAUSTED" },
  TOO_MANY_STREAMS: { status: 429, code: "RESOURCE_EXHAUSTED" },
  HEADERS_TOO_LARGE: { status: 431, code: "INVALID_ARGUMENT" },
  CALLER_LEFT: { status: 499, code: "CANCELLED" },
  AGENTS_REPLACED: { status: 503, code: "UNAVAILABLE" },
  ANSWER_INCOMPLETE: { status: 503, code: "UNAVAILABLE" },
  ANSWER_RESTARTED: { status: 503, code: "UNAVAILABLE" },
  GATEWAY_STOPPING: { status: 503, code: "UNAVAILABLE" },
  TOKEN_KEYS_UNAVAILABLE: { status: 503, code: "UNAVAILABLE" },
  TOO_MANY_CONNECTIONS: { status: 503, code: "UNAVAILABLE" },
} as const;

export type RefusalReason = keyof typeof REFUSALS;

export interface RequestErrorOptions extends ErrorOptions {
  readonly violations?: readonly Violation[] | undefined;
  /** Further headers of the response, such as `allow`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Refuses a request, from any room. `toProblem` turns it into a problem document. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly reason: RefusalReason;
  readonly violations: readonly Violation[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(reason: RefusalReason, detail: string, options: RequestErrorOptions = {}) {
    super(detail, options);
    this.reason = reason;
    this.violations = options.violations ?? [];
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return REFUSALS[this.reason].status;
  }

  get code(): CodeName {
    return REFUSALS[this.reason].code;
  }
}

/** Refuses wrong fields. The `detail` repeats the first one, for readers who do not look at `errors`. */
export function invalidFields(violations: readonly Violation[], cause?: unknown): RequestError {
  const [first] = violations;
  const where = first === undefined || first.field === "" ? "" : `${first.field}: `;
  return new RequestError("INVALID_FIELD", `${where}${first?.description ?? "invalid"}`, { violations, cause });
}
