import { randomUUID } from "node:crypto";

/**
 * A copy of a request with an idempotency key, unless it has one. Made once, before the first attempt: every attempt of
 * the call then carries the same key, and the service can tell a repeat from a second request.
 */
export function withRequestId<T extends { readonly requestId?: string | undefined }>(
  request: T,
): T & { readonly requestId: string } {
  return { ...request, requestId: request.requestId || randomUUID() };
}
