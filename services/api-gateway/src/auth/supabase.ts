import { z } from "zod";

/** The secret of every Supabase on a developer's machine, which its documentation prints. */
export const PUBLISHED_JWT_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";

/** RFC 7518 3.2: a key for HS256 has at least the size of the hash. */
const MIN_SECRET_BYTES = 32;

/** The variable SUPABASE_URL, without a slash at its end: issuer and key set are this and a path. */
export function supabaseUrl(): z.ZodType<string> {
  const expected = "expected the project's URL such as https://your-project.supabase.co, without a path";
  return z.string({ error: expected }).transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
    // Whatever else a URL may have (user, path, query) would be lost, or would end up in an error message.
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

/** Whether nobody on the way can put other keys in the place of the issuer's. */
export function isSafeForKeys(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || ["localhost", "[::1]"].includes(hostname) || /^127(\.\d+){3}$/.test(hostname);
}
