/**
 * Status codes of gRPC, and the two tables from HTTP statuses and HTTP/2 error codes to them.
 * Numbers are those of the specification; names are its names in lower case, as errors print them.
 */

export const Status = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** One of the seventeen codes. */
export type StatusCode = (typeof Status)[keyof typeof Status];

const NAMES = [
  "ok",
  "cancelled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;

/** `14` → `"unavailable"`. */
export function statusName(code: StatusCode): string {
  return NAMES[code];
}

/** gRPC over HTTP/2: `Status → "grpc-status" 1*DIGIT ; 0-9`. `Number` would also read `-0`, `0x0`, `1e1` and `0.0`. */
const DIGITS = /^[0-9]+$/;

/** The value of a `grpc-status` header. Anything but the digits of a known code is `unknown`, as the specification asks. */
export function parseStatus(value: string): StatusCode {
  const code = DIGITS.test(value) ? Number(value) : NAMES.length;
  return code < NAMES.length ? (code as StatusCode) : Status.unknown;
}

/** For an answer without `grpc-status`. gRPC, "HTTP to gRPC Status Code Mapping". */
export function statusFromHttp(httpStatus: number): StatusCode {
  switch (httpStatus) {
    case 400:
      return Status.internal;
    case 401:
      return Status.unauthenticated;
    case 403:
      return Status.permissionDenied;
    case 404:
      return Status.unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Status.unavailable;
    default:
      return Status.unknown;
  }
}

/** RFC 9113 7: the error codes that mean something of their own to a gRPC call, or that a transport sends. */
export const ResetCode = {
  noError: 0,
  protocolError: 1,
  flowControlError: 3,
  streamClosed: 5,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
} as const;

/** For a stream that ended by RST_STREAM on a connection that lives. gRPC over HTTP/2, "Errors". */
export function statusFromReset(resetCode: number): StatusCode {
  switch (resetCode) {
    case ResetCode.refusedStream:
      return Status.unavailable;
    case ResetCode.cancel:
      return Status.cancelled;
    case ResetCode.enhanceYourCalm:
      return Status.resourceExhausted;
    case ResetCode.inadequateSecurity:
      return Status.permissionDenied;
    default:
      return Status.internal;
  }
}
