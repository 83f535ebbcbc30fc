import { status } from "@grpc/grpc-js";

/** The name of a status code as logs and metrics show it: `OK`, `NOT_FOUND`. */
export function statusName(code: number): string {
  return status[code] ?? String(code);
}
