import { isJournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { toError } from "../errors.ts";

/** The error for the caller when the journal refuses a request or does not answer. */
export function storeError(cause: unknown): ConnectError {
  if (isJournalError(cause, "full") || isJournalError(cause, "too-large")) {
    const message = "the store has no room. Delete conversations, or have the store's memory raised";
    return toError({ code: Code.ResourceExhausted, reason: "STORE_FULL", message, cause });
  }
  const message = "conversations cannot be read or written now";
  return toError({ code: Code.Unavailable, reason: "STORE_UNAVAILABLE", message, cause });
}

/** Whether the store had no room. */
export function isStoreFull(error: unknown): boolean {
  return isJournalError(error instanceof ConnectError ? error.cause : error, "full");
}

/** Whether the store has not answered, so that another attempt may succeed. */
export function isStoreAway(error: unknown): boolean {
  const cause = error instanceof ConnectError ? error.cause : error;
  return isJournalError(cause, "unavailable");
}
