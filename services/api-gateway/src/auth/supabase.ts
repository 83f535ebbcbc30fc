/** The variables that name a Supabase project. */

import { z } from "zod";

/** The secret of every local Supabase, printed in its documentation. */
export const PUBLISHED_JWT_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";

/** RFC 7518 3.2: a key for HS256 is at least as long as the hash. */
const MIN_SECRET_BYTES = 32;

/** The variable SUPABASE_URL, without a slash at the end, because paths are appended to it. */
export function supabaseUrl(): z.ZodType<string> {
  const expected = "expected the project's URL such as https://your-project.supabase.co, without a path";
  return z.string({ error: expected }).transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
    // A user, path or query would be lost, or would be repeated in an error message.
    if (isHttp && `${url.origin}/` === url.href) return url.origin;
    context.issues.push({ code: "custom", message: expected, input: text });
    return z.NEVER;
  });
}

/** The variable SUPABASE_JWT_SECRET. */
export function jwtSecret(): z.ZodType<string> {
  const expected = `expected the project's JWT secret, at least ${MIN_SECRET_BYTES} bytes`;
  return z.string({ error: expected }).refine((text) => Buffer.byteLength(text) >= MIN_SECRET_BYTES, expected);
}

/** Whether nothing between the issuer and us can replace its keys: https, or this machine. */
export function isSafeForKeys(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || ["localhost", "[::1]"].includes(hostname) || /^127(\.\d+){3}$/.test(hostname);
}
