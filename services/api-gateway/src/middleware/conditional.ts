import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";

/** Characters of a digest: 96 bits, far beyond any collision of what one caller reads. */
const DIGEST_LENGTH = 16;

/**
 * Gives every JSON answer to a GET, and every one with a version, an ETag, and answers 304 to a GET whose `If-None-Match` names it. The tag
 * is a digest of the bytes: a change without a new version, such as the state of a trigger, changes it, too. A version that a route has set
 * is its beginning, `"3-5f2a…"`, for `If-Match`.
 */
export function conditional(): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    await next();
    const { res, req } = context;
    const version = /^"(\d+)"$/.exec(res.headers.get("etag") ?? "")?.[1];
    const isRead = req.method === "GET" || req.method === "HEAD";
    if (!res.ok || !isJson(res) || (!isRead && version === undefined)) return;
    const body = await res.arrayBuffer();
    const digest = createHash("sha256").update(Buffer.from(body)).digest("base64url").slice(0, DIGEST_LENGTH);
    const etag = version === undefined ? `"${digest}"` : `"${version}-${digest}"`;
    const isKnown = isRead && isNamed(etag, req.header("if-none-match"));
    context.res = undefined; // otherwise its headers are kept beside the new ones
    context.res = isKnown ? notModified(res.headers, etag) : withTag(res, body, etag);
  };
}

function isJson(response: Response): boolean {
  return response.headers.get("content-type") === "application/json";
}

/** RFC 9110 13.1.2: "A recipient MUST use the weak comparison function". */
function isNamed(etag: string, ifNoneMatch = ""): boolean {
  const named = ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return named.includes("*") || named.includes(etag);
}

function withTag({ status, headers }: Response, body: ArrayBuffer, etag: string): Response {
  const tagged = new Headers(headers);
  tagged.set("etag", etag);
  return new Response(body, { status, headers: tagged });
}

/** With the headers of the 200 that it stands for, but for those of its body. */
function notModified(headers: Headers, etag: string): Response {
  const kept = new Headers(headers);
  kept.delete("content-type");
  kept.delete("content-length");
  kept.set("etag", etag);
  return new Response(null, { status: 304, headers: kept });
}
