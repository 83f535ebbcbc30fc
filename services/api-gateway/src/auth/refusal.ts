/** The errors of authentication, each with its challenge in `www-authenticate` (RFC 6750 3). */

import { type RefusalReason, RequestError } from "../request-error.ts";

const REALM = 'Bearer realm="agent-team"';

/** Refuses a credential. */
export function unauthenticated(reason: RefusalReason, detail: string, cause?: unknown): RequestError {
  const challenge = `${REALM}, error="invalid_token", error_description="${detail.replaceAll(/["\\]/g, "'")}"`;
  return new RequestError(reason, detail, { headers: { "www-authenticate": challenge }, cause });
}

/** Asks for a credential. RFC 6750 3.1: without one in the request "the resource server SHOULD NOT include an error code". */
export function credentialMissing(expected: string): RequestError {
  return new RequestError("CREDENTIAL_MISSING", `expected ${expected}`, { headers: { "www-authenticate": REALM } });
}

/** Refuses an authenticated caller without a scope. */
export function scopeMissing(scope: string): RequestError {
  const challenge = `${REALM}, error="insufficient_scope", scope="${scope}"`;
  const headers = { "www-authenticate": challenge };
  return new RequestError("SCOPE_MISSING", `expected a caller with the scope ${scope}`, { headers });
}

/** Refuses an access token that cannot be checked now. It may be good, so there is no challenge. */
export function keysUnavailable(cause: unknown): RequestError {
  const detail = "access tokens cannot be checked now: their issuer's keys cannot be fetched";
  return new RequestError("TOKEN_KEYS_UNAVAILABLE", detail, { headers: { "retry-after": "1" }, cause });
}
