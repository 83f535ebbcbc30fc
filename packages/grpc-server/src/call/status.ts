import { status } from "@grpc/grpc-js";

/** The name of a status code for logs and metrics, such as `NOT_FOUND`; an unknown code as its number. */
export function statusName(code: number): string {
  return status[code] ?? String(code);
}
