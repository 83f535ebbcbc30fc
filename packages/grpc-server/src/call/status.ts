/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md, by number. */
const NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export const OK = 0;

/** The name of a status code for logs and metrics, such as `NOT_FOUND`; an unknown code as its number. */
export function statusName(code: number): string {
  return NAMES[code] ?? String(code);
}
