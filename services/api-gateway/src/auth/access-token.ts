/**
 * Verifies access tokens of Supabase. In: a token. Out: its caller, or a RequestError with the reason. The keys decide
 * which algorithms are accepted, never the token: published keys mean ES256, RS256 or EdDSA, a secret means HS256 and
 * nothing else. It never sends a token anywhere.
 */

import { createSecretKey } from "node:crypto";
import { dateAt } from "@agent-team/grpc-server";
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import { type Caller, isScope, MAX_SCOPES } from "../caller.ts";
import type { RefusalReason } from "../request-error.ts";
import { createJwks, isAboutKey, type JwksOptions, KeysUnavailable } from "./jwks.ts";
import { keysUnavailable, unauthenticated } from "./refusal.ts";

export interface AccessTokenOptions extends Omit<JwksOptions, "url"> {
  /** Called when a key that the issuer publishes cannot be used, with the reason. */
  readonly onUnusableKey?: ((reason: unknown) => void) | undefined;
  /** The project, `https://{project}.supabase.co`. */
  readonly supabaseUrl: string;
  /** The project's legacy secret. With it tokens are HS256, and no keys are fetched. */
  readonly jwtSecret?: string | undefined;
}

/** @throws RequestError 401, or 503 when the keys cannot be fetched */
export type VerifyAccessToken = (token: string) => Promise<Caller>;

/** How far the issuer's clock may differ from ours, in seconds: NTP sets both. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** The longest subject, in bytes: Supabase's are UUIDs, and each call to a service carries it. */
const MAX_SUBJECT_BYTES = 256;

export function createAccessTokens(options: AccessTokenOptions): VerifyAccessToken {
  const { supabaseUrl, jwtSecret, clock, onUnusableKey } = options;
  const issuer = `${supabaseUrl}/auth/v1`;
  const keys = jwtSecret === undefined ? published(issuer, options) : shared(jwtSecret);
  const rules = {
    issuer,
    audience: "authenticated",
    requiredClaims: ["exp", "sub"],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    algorithms: [...keys.algorithms],
  };
  return async (token) => {
    const payload = await verify(token, keys.getKey, { ...rules, currentDate: dateAt(clock.wallNow()) }, onUnusableKey);
    return { subject: subjectOf(payload), scopes: scopesOf(payload) };
  };
}

interface Keys {
  readonly getKey: JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

function published(issuer: string, options: Omit<JwksOptions, "url">): Keys {
  const url = new URL(`${issuer}/.well-known/jwks.json`);
  return { getKey: createJwks({ ...options, url }), algorithms: ["ES256", "RS256", "EdDSA"] };
}

function shared(jwtSecret: string): Keys {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = createSecretKey(Buffer.from(jwtSecret)).toCryptoKey(algorithm, false, ["verify"]);
  return { getKey: () => key, algorithms: ["HS256"] };
}

async function verify(
  token: string,
  getKey: JWTVerifyGetKey,
  options: JWTVerifyOptions,
  onUnusableKey: AccessTokenOptions["onUnusableKey"],
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, getKey, options)).payload;
  } catch (error) {
    if (isAboutKey(error)) {
      onUnusableKey?.(error);
      throw unauthenticated("TOKEN_KEY_UNUSABLE", "the issuer's key for this access token cannot be used", error);
    }
    throw toRefusal(error);
  }
}

/** The response to jose's finding. Any other error is a defect, and stays as it is. */
function toRefusal(error: unknown): unknown {
  if (error instanceof KeysUnavailable) return keysUnavailable(error);
  const refusal = refusalOf(error);
  return refusal === undefined ? error : unauthenticated(...refusal, error);
}

function refusalOf(error: unknown): readonly [RefusalReason, string] | undefined {
  if (error instanceof errors.JWTExpired) return ["TOKEN_EXPIRED", "the access token has expired"];
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error.claim);
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return ["TOKEN_SIGNATURE", "the access token's signature is wrong"];
  if (error instanceof errors.JOSEAlgNotAllowed)
    return ["TOKEN_ALGORITHM", "the access token is signed with an algorithm that is not accepted here"];
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return ["TOKEN_KEY_UNKNOWN", "the access token is signed with a key that its issuer does not publish"];
  if (error instanceof errors.JOSEError) return ["CREDENTIAL_MALFORMED", "the access token is not a signed JWT"];
  return undefined;
}

function claimRefusal(claim: string): readonly [RefusalReason, string] {
  switch (claim) {
    case "iss":
      return ["TOKEN_ISSUER", "the access token has another issuer"];
    case "aud":
      return ["TOKEN_AUDIENCE", "the access token has another audience than authenticated"];
    case "nbf":
      return ["TOKEN_NOT_YET_VALID", "the access token is not valid yet"];
    default:
      return ["CREDENTIAL_MALFORMED", `the access token has no usable claim ${claim}`];
  }
}

function subjectOf({ sub }: JWTPayload): string {
  const isUsable = typeof sub === "string" && sub !== "" && sub.isWellFormed();
  if (isUsable && Buffer.byteLength(sub) <= MAX_SUBJECT_BYTES) return sub;
  throw unauthenticated(...claimRefusal("sub"));
}

/** From `app_metadata`, which only the project's owner can write; users write `user_metadata` themselves. */
function scopesOf(payload: JWTPayload): readonly string[] {
  const metadata = payload["app_metadata"];
  const scopes =
    typeof metadata === "object" && metadata !== null && "scopes" in metadata ? metadata.scopes : undefined;
  return Array.isArray(scopes) ? scopes.filter(isScope).slice(0, MAX_SCOPES) : [];
}
