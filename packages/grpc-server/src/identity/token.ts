/**
 * The signed form of an identity, a JWT (RFC 7519) of exactly one kind: HS256, one header, six claims. Claims and a
 * secret in, a text out, and back. No field of a token chooses how it is checked: what does not begin with our header
 * is refused before anything of it is read. Synchronous, because it stands before every call (decision 0015).
 *
 *   eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 . base64url(claims) . base64url(HMAC-SHA-256 of all before)
 */

import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Identity, IdentitySecrets } from "../identity.ts";

/** Why a token is refused. */
export type TokenFault = "malformed" | "forged" | "misdirected" | "expired";

/** Names of RFC 7519 and RFC 8693 (`scp` is that of the gateway's contract). Times in seconds since the Unix epoch. */
interface Claims {
  readonly iss: typeof issuer;
  readonly sub: string;
  readonly aud: string;
  readonly scp: readonly string[];
  readonly iat: number;
  readonly exp: number;
}

/** It established the identity. A service that passes one on signs anew, in the gateway's name: see `IdentitySigner`. */
const issuer = "api-gateway";

const header = `${encode({ alg: "HS256", typ: "JWT" })}.`;

/** Far above any subject with its scopes, and little enough to hash without a thought. */
const maxTokenLength = 4_096;

export interface TokenInit {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** The one service that may accept it. */
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export function signToken(init: TokenInit, secret: KeyObject): string {
  const { subject: sub, audience: aud, scopes: scp, issuedAtSeconds: iat, expiresAtSeconds: exp } = init;
  const signed = header + encode({ iss: issuer, sub, aud, scp, iat, exp } satisfies Claims);
  return `${signed}.${macOf(signed, secret)}`;
}

/** What the reader is and knows. */
export interface TokenReader {
  /** Its own name: a token for another service is refused. */
  readonly audience: string;
  readonly secrets: IdentitySecrets;
}

/** Reads a token that one of the secrets has signed for this reader and that has not expired. */
export function readToken(
  token: string,
  { audience, secrets }: TokenReader,
  nowSeconds: number,
): { readonly value: Identity } | { readonly error: TokenFault } {
  const end = token.lastIndexOf(".");
  if (token.length > maxTokenLength || !token.startsWith(header) || end < header.length) return { error: "malformed" };
  const signed = token.slice(0, end);
  const mac = token.slice(end + 1);
  if (!secrets.some((secret) => isEqual(macOf(signed, secret), mac))) return { error: "forged" };
  const claims = decode(signed.slice(header.length));
  if (!isClaims(claims)) return { error: "malformed" };
  if (claims.aud !== audience) return { error: "misdirected" };
  if (claims.exp <= nowSeconds) return { error: "expired" };
  return { value: { subject: claims.sub, scopes: claims.scp } };
}

function macOf(signed: string, secret: KeyObject): string {
  return createHmac("sha256", secret).update(signed).digest("base64url");
}

/** Compares texts and not the bytes they decode to: of one MAC there is one form, without padding or other characters. */
function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Undefined for what is no JSON. Only read after the signature: it is ours, or somebody has our secret. */
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
    iss === issuer &&
    typeof sub === "string" &&
    sub !== "" &&
    typeof aud === "string" &&
    Array.isArray(scp) &&
    scp.every((scope) => typeof scope === "string") &&
    typeof exp === "number"
  );
}
