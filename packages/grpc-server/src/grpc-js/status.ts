import { Status, type StatusCode } from "@agent-team/grpc-client";
import type { GrpcJsMetadata, GrpcJsStatus } from "./types.ts";

/** How a call ends well. */
export const OK: GrpcJsStatus = { code: Status.ok, details: "OK" };

/**
 * The status of what a handler passed as its error: a `ServiceError`, a status object, or any error, whose code is UNKNOWN. `trailers`
 * come before the error's own metadata.
 */
export function statusOf(error: unknown, trailers?: GrpcJsMetadata | null): GrpcJsStatus {
  const { message, code, details, metadata } = (error ?? {}) as Partial<Record<string, unknown>>;
  const status = {
    code: Status.unknown as number,
    details: typeof message === "string" ? message : "Unknown Error",
    metadata: trailers ?? (metadata as GrpcJsMetadata | undefined) ?? null,
  };
  if (typeof code !== "number" || !Number.isInteger(code)) return status;
  return { ...status, code, details: typeof details === "string" ? details : status.details };
}

/** statuscodes.md: a code that a client does not know is UNKNOWN to it. */
export function codeOf({ code }: GrpcJsStatus): StatusCode {
  return CODES.has(code) ? (code as StatusCode) : Status.unknown;
}

const CODES: ReadonlySet<number> = new Set(Object.values(Status));
