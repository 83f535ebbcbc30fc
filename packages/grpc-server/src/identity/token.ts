/**
 * The signed form of an identity, a JWT (RFC 7519) of exactly one kind: HS256, one header, five claims. Claims and a
 * secret in, a text out, and back. No field of a token chooses how it is checked: what does not begin with our header
 * is refused before anything of it is read. Synchronous, because it stands before every call (decision 0015).
 *
 *   eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 . base64url(claims) . base64url(HMAC-SHA-256 of all before)
 */

import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Identity } from "./identity.ts";
import type { IdentitySecrets } from "./secrets.ts";

/** Why a token is refused. */
export type TokenFault = "malformed" | "forged" | "expired";

/** Names of RFC 7519 and RFC 8693 (`scp` is that of the gateway's contract). Times in seconds since the Unix epoch. */
interface Claims {
  readonly iss: typeof issuer;
  readonly sub: string;
  readonly scp: readonly string[];
  readonly iat: number;
  readonly exp: number;
}

const issuer = "api-gateway";

const header = `${encode({ alg: "HS256", typ: "JWT" })}.`;

/** Far above any subject with its scopes, and little enough to hash without a thought. */
const maxTokenLength = 4_096;

export interface TokenInit {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export function signToken(init: TokenInit, secret: KeyObject): string {
  const { subject, scopes, issuedAtSeconds, expiresAtSeconds } = init;
  const claims: Claims = { iss: issuer, sub: subject, scp: scopes, iat: issuedAtSeconds, exp: expiresAtSeconds };
  const signed = header + encode(claims);
  return `${signed}.${macOf(signed, secret).toString("base64url")}`;
}

/** Reads a token that one of `secrets` has signed and that has not expired. */
export function readToken(
  token: string,
  secrets: IdentitySecrets,
  nowSeconds: number,
): { readonly value: Identity } | { readonly error: TokenFault } {
  const end = token.lastIndexOf(".");
  if (token.length > maxTokenLength || !token.startsWith(header) || end < header.length) return { error: "malformed" };
  const mac = Buffer.from(token.slice(end + 1), "base64url");
  const signed = token.slice(0, end);
  if (!secrets.some((secret) => isEqual(macOf(signed, secret), mac))) return { error: "forged" };
  const claims = decode(signed.slice(header.length));
  if (!isClaims(claims)) return { error: "malformed" };
  if (claims.exp <= nowSeconds) return { error: "expired" };
  return { value: { subject: claims.sub, scopes: claims.scp, token } };
}

function macOf(signed: string, secret: KeyObject): Buffer {
  return createHmac("sha256", secret).update(signed).digest();
}

function isEqual(expected: Buffer, given: Buffer): boolean {
  return expected.byteLength === given.byteLength && timingSafeEqual(expected, given);
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
  const { iss, sub, scp, exp } = value as Partial<Record<keyof Claims, unknown>>;
  return (
    iss === issuer &&
    typeof sub === "string" &&
    sub !== "" &&
    Array.isArray(scp) &&
    scp.every((scope) => typeof scope === "string") &&
    typeof exp === "number"
  );
}
