/** One question to an error of any client that this package has an adapter for. */

import { isChannelError } from "../errors.ts";

/**
 * Whether the server may have acted on the call that failed with this error, although no final status has come. False: it has
 * not, or it has answered with the error itself. Callers of methods that are not idempotent ask this before they call again.
 */
export function isMaybeProcessed(error: unknown): boolean {
  const cause = error instanceof Error && !isChannelError(error) ? error.cause : error;
  return isChannelError(cause) && cause.maybeProcessed;
}
