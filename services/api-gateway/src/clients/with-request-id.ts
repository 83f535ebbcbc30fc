import { randomUUID } from "node:crypto";

/**
 * Gives a request its idempotency key, unless it has one. It is done once, before the first attempt, so that every
 * attempt of the call carries the same key and the service can tell a repeat from a second wish.
 */
export function withRequestId<T extends { readonly requestId?: string | undefined }>(
  request: T,
): T & { readonly requestId: string } {
  return { ...request, requestId: request.requestId || randomUUID() };
}
