import { type AuthMode, accepts, type CredentialKind } from "./auth-mode.ts";
import { credentialMissing, unauthenticated } from "./refusal.ts";

/** What a caller shows to prove who it is. */
export interface Credential {
  readonly kind: CredentialKind;
  readonly value: string;
}

/** What an API key begins with when it is sent as a bearer token. No JWT does: those begin with the `{` of their header, `ey`. */
const apiKeyPrefix = "atk_";

/** RFC 6750 2.1: `credentials = "Bearer" 1*SP b64token`. */
const bearerPattern = /^bearer +([a-z0-9._~+/-]+=*) *$/i;

/**
 * Finds the credential of a request. `X-Api-Key` is an API key, and so is a bearer token that begins with `atk_`; any
 * other bearer token is a JWT. `X-Api-Key` is not looked at where API keys are not accepted: proxies add it as well.
 * @throws RequestError 401 when there is none, more than one, or one of a kind that `mode` does not accept
 */
export function readCredential(headers: Headers, mode: Exclude<AuthMode, "none">): Credential {
  const authorization = headers.get("authorization");
  const apiKey = accepts(mode, "api_key") ? headers.get("x-api-key") : null;
  if (authorization !== null && apiKey !== null) {
    throw unauthenticated("CREDENTIAL_MALFORMED", "expected Authorization or X-Api-Key, got both");
  }
  if (apiKey !== null) return { kind: "api_key", value: apiKey };
  if (authorization === null) throw credentialMissing(expectations[mode]);
  const value = bearerPattern.exec(authorization)?.[1];
  if (value === undefined) throw unauthenticated("CREDENTIAL_MALFORMED", `expected ${expectations[mode]}`);
  const kind = value.startsWith(apiKeyPrefix) ? "api_key" : "jwt";
  if (accepts(mode, kind)) return { kind, value };
  throw unauthenticated("CREDENTIAL_NOT_ACCEPTED", `expected ${expectations[mode]}`);
}

/** ASCII, because it also stands in a header. */
const expectations: Readonly<Record<Exclude<AuthMode, "none">, string>> = {
  jwt: "Authorization: Bearer with an access token",
  api_key: "X-Api-Key or Authorization: Bearer with an API key (atk_...)",
  "jwt,api_key": "Authorization: Bearer with an access token or an API key (atk_...), or X-Api-Key",
};
