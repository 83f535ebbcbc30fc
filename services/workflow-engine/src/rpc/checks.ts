import { maxRequestIdBytes } from "../limits.ts";
import type { PageRequest } from "../store/page.ts";
import { badRequest } from "./errors.ts";

export function checkRequestId(requestId: string): void {
  if (Buffer.byteLength(requestId) > maxRequestIdBytes) {
    throw badRequest("request_id", `expected at most ${maxRequestIdBytes} bytes`);
  }
}

export function checkPage({ pageSize, pageToken }: PageRequest): PageRequest {
  if (pageSize < 0) throw badRequest("page_size", `expected 0 to 200, got ${pageSize}`);
  return { pageSize, pageToken };
}
