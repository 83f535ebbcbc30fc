import { type RefusalReason, RequestError } from "../request-error.ts";

const realm = 'Bearer realm="agent-team"';

/** Refuses a credential that was shown. */
export function unauthenticated(reason: RefusalReason, detail: string, cause?: unknown): RequestError {
  const challenge = `${realm}, error="invalid_token", error_description="${detail.replaceAll(/["\\]/g, "'")}"`;
  return new RequestError(reason, detail, { headers: { "www-authenticate": challenge }, cause });
}

/** Asks for a credential. RFC 6750 3.1: without one in the request "the resource server SHOULD NOT include an error code". */
export function credentialMissing(expected: string): RequestError {
  return new RequestError("CREDENTIAL_MISSING", `expected ${expected}`, { headers: { "www-authenticate": realm } });
}

/** The caller is known, and may not. */
export function scopeMissing(scope: string): RequestError {
  const challenge = `${realm}, error="insufficient_scope", scope="${scope}"`;
  return new RequestError("SCOPE_MISSING", `expected a caller with the scope ${scope}`, {
    headers: { "www-authenticate": challenge },
  });
}

/** Nobody can be known now, so nobody is let in. */
export function keysUnavailable(cause: unknown): RequestError {
  const detail = "access tokens cannot be checked now: the keys of their issuer cannot be fetched";
  return new RequestError("TOKEN_KEYS_UNAVAILABLE", detail, { headers: { "retry-after": "1" }, cause });
}
