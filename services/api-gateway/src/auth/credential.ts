import { type AuthMode, accepts, type CredentialKind } from "./auth-mode.ts";
import { credentialMissing, unauthenticated } from "./refusal.ts";

/** The part of a request that authenticates its caller. */
export interface Credential {
  readonly kind: CredentialKind;
  readonly value: string;
}

/** The prefix of an API key that is sent as a bearer token. No JWT has it: a JWT begins with `ey`, the encoded `{`. */
const API_KEY_PREFIX = "atk_";

/** RFC 6750 2.1: `credentials = "Bearer" 1*SP b64token`. */
const BEARER = /^bearer +([a-z0-9._~+/-]+=*) *$/i;

/** By mode. ASCII, because the text is sent in a header, too. */
const EXPECTATIONS: Readonly<Record<Exclude<AuthMode, "none">, string>> = {
  jwt: "Authorization: Bearer with an access token",
  api_key: "X-Api-Key or Authorization: Bearer with an API key (atk_...)",
  "jwt,api_key": "Authorization: Bearer with an access token or an API key (atk_...), or X-Api-Key",
};

/**
 * Finds the credential of a request. `X-Api-Key` is an API key, and so is a bearer token that begins with `atk_`; any
 * other bearer token is a JWT. `X-Api-Key` is ignored when API keys are not accepted, because proxies add it as well.
 * @throws RequestError 401 when there is no credential, more than one, or one of a kind that `mode` does not accept
 */
export function readCredential(headers: Headers, mode: Exclude<AuthMode, "none">): Credential {
  const authorization = headers.get("authorization");
  const apiKey = accepts(mode, "api_key") ? headers.get("x-api-key") : null;
  if (authorization !== null && apiKey !== null) {
    throw unauthenticated("CREDENTIAL_MALFORMED", "expected Authorization or X-Api-Key, got both");
  }
  if (apiKey !== null) return { kind: "api_key", value: apiKey };
  if (authorization === null) throw credentialMissing(EXPECTATIONS[mode]);
  const value = BEARER.exec(authorization)?.[1];
  if (value === undefined) throw unauthenticated("CREDENTIAL_MALFORMED", `expected ${EXPECTATIONS[mode]}`);
  const kind = value.startsWith(API_KEY_PREFIX) ? "api_key" : "jwt";
  if (accepts(mode, kind)) return { kind, value };
  throw unauthenticated("CREDENTIAL_NOT_ACCEPTED", `expected ${EXPECTATIONS[mode]}`);
}
