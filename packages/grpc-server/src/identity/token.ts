/**
 * The signed form of an identity: a JWT (RFC 7519) of one kind, with HS256, one header and six claims. Claims and a secret
 * come in, a token goes out, and the reverse. No field of a token decides how the token is checked: a token that does not
 * begin with our header is refused unread. Synchronous, because it runs before each call (decision 0015).
 *
 *   eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 . base64url(claims) . base64url(HMAC-SHA-256 of all before)
 */

import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Identity, IdentitySecrets } from "../identity.ts";

/** Why a token is refused. */
export type TokenFault = "malformed" | "forged" | "misdirected" | "expired";

/** Names of RFC 7519; `scp` is the gateway's own. Times in seconds since the Unix epoch. */
interface Claims {
  readonly iss: typeof ISSUER;
  readonly sub: string;
  readonly aud: string;
  readonly scp: readonly string[];
  readonly iat: number;
  readonly exp: number;
}

/** The gateway authenticates callers. A service that calls another one signs in the gateway's name: see `IdentitySigner`. */
const ISSUER = "api-gateway";

const HEADER = `${encode({ alg: "HS256", typ: "JWT" })}.`;

/** Far above any subject with its scopes, and cheap to hash. */
const MAX_TOKEN_CHARACTERS = 4_096;

export interface TokenInit {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** The only service that may accept the token. */
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export function signToken(init: TokenInit, secret: KeyObject): string {
  const { subject: sub, audience: aud, scopes: scp, issuedAtSeconds: iat, expiresAtSeconds: exp } = init;
  const signed = HEADER + encode({ iss: ISSUER, sub, aud, scp, iat, exp } satisfies Claims);
  return `${signed}.${macOf(signed, secret)}`;
}

/** The service that reads a token. */
export interface TokenReader {
  /** The name of the service. A token for another one is refused. */
  readonly audience: string;
  readonly secrets: IdentitySecrets;
}

/** The identity in a token that one of the secrets has signed for this reader and that has not expired. */
export function readToken(
  token: string,
  { audience, secrets }: TokenReader,
  nowSeconds: number,
): { readonly value: Identity } | { readonly error: TokenFault } {
  const end = token.lastIndexOf(".");
  if (token.length > MAX_TOKEN_CHARACTERS || !token.startsWith(HEADER) || end < HEADER.length)
    return { error: "malformed" };
  const signed = token.slice(0, end);
  const mac = token.slice(end + 1);
  if (!secrets.some((secret) => isEqual(macOf(signed, secret), mac))) return { error: "forged" };
  const claims = decode(signed.slice(HEADER.length));
  if (!isClaims(claims)) return { error: "malformed" };
  if (claims.aud !== audience) return { error: "misdirected" };
  if (claims.exp <= nowSeconds) return { error: "expired" };
  return { value: { subject: claims.sub, scopes: claims.scp } };
}

function macOf(signed: string, secret: KeyObject): string {
  return createHmac("sha256", secret).update(signed).digest("base64url");
}

/** Compares the texts, not the bytes that they decode to: so each MAC has only one accepted form. */
function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Undefined for a text that is not JSON. Runs only after the check of the signature. */
function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
}

function isClaims(value: unknown): value is Claims {
  if (typeof value !== "object" || value === null) return false;
  const { iss, sub, aud, scp, exp } = value as Partial<Record<keyof Claims, unknown>>;
  return (
    iss === ISSUER &&
    typeof sub === "string" &&
    sub !== "" &&
    typeof aud === "string" &&
    Array.isArray(scp) &&
    scp.every((scope) => typeof scope === "string") &&
    typeof exp === "number"
  );
}
