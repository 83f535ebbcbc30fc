import { Code } from "@connectrpc/connect";

/** The canonical name of a gRPC status code: the `code` of a problem document. */
export type CodeName =
  | "CANCELLED"
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED";

export interface HttpStatus {
  readonly name: CodeName;
  readonly status: number;
}

const STATUS_OF_CODE: Readonly<Record<Code, HttpStatus>> = {
  [Code.Canceled]: { name: "CANCELLED", status: 499 },
  [Code.Unknown]: { name: "UNKNOWN", status: 500 },
  [Code.InvalidArgument]: { name: "INVALID_ARGUMENT", status: 400 },
  [Code.DeadlineExceeded]: { name: "DEADLINE_EXCEEDED", status: 504 },
  [Code.NotFound]: { name: "NOT_FOUND", status: 404 },
  [Code.AlreadyExists]: { name: "ALREADY_EXISTS", status: 409 },
  [Code.PermissionDenied]: { name: "PERMISSION_DENIED", status: 403 },
  [Code.ResourceExhausted]: { name: "RESOURCE_EXHAUSTED", status: 429 },
  [Code.FailedPrecondition]: { name: "FAILED_PRECONDITION", status: 409 },
  [Code.Aborted]: { name: "ABORTED", status: 409 },
  [Code.OutOfRange]: { name: "OUT_OF_RANGE", status: 400 },
  [Code.Unimplemented]: { name: "UNIMPLEMENTED", status: 501 },
  [Code.Internal]: { name: "INTERNAL", status: 500 },
  [Code.Unavailable]: { name: "UNAVAILABLE", status: 503 },
  [Code.DataLoss]: { name: "DATA_LOSS", status: 500 },
  [Code.Unauthenticated]: { name: "UNAUTHENTICATED", status: 401 },
};

/** Reasons of INVALID_ARGUMENT that are 422: the request is well formed, and cannot be carried out. */
const UNPROCESSABLE: ReadonlySet<string> = new Set(["REQUEST_ID_REUSED", "WORKFLOW_INVALID"]);

/** The reason of ABORTED that is 412: the version of If-Match is not the present one. */
const STALE = "VERSION_CONFLICT";

/** Reasons that are 410: what is asked for was there, and does not come back. */
const GONE: ReadonlySet<string> = new Set(["TURN_ENDED", "TURN_GONE"]);

/** The HTTP status of a gRPC status. `reason` is that of its google.rpc.ErrorInfo. */
export function httpStatus(code: Code, reason?: string): HttpStatus {
  const found = STATUS_OF_CODE[code];
  if (found.name === "ABORTED" && reason === STALE) return { ...found, status: 412 };
  if (GONE.has(reason ?? "")) return { ...found, status: 410 };
  return found.name === "INVALID_ARGUMENT" && UNPROCESSABLE.has(reason ?? "") ? { ...found, status: 422 } : found;
}
