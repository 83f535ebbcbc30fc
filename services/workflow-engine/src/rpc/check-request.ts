import { MAX_REQUEST_ID_BYTES } from "../limits.ts";
import { MAX_PAGE_SIZE, type PageRequest } from "../store/page.ts";
import { badRequest } from "./errors.ts";

/** @throws INVALID_ARGUMENT when the request id is too long */
export function checkRequestId(requestId: string): void {
  if (Buffer.byteLength(requestId) > MAX_REQUEST_ID_BYTES) {
    throw badRequest("request_id", `expected at most ${MAX_REQUEST_ID_BYTES} bytes`);
  }
}

/** @throws INVALID_ARGUMENT when the page size is negative */
export function checkedPage({ pageSize, pageToken }: PageRequest): PageRequest {
  if (pageSize < 0) throw badRequest("page_size", `expected 0 to ${MAX_PAGE_SIZE}, got ${pageSize}`);
  return { pageSize, pageToken };
}
