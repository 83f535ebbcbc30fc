/**
 * Cross-origin requests of web pages, from the origins of a list. In: a request with `Origin`. Out: its response with the headers that
 * let the page read it, and the answer to a preflight. Pages send no cookies, so no credentials are allowed: an access token or an
 * API key is a header like others.
 */

import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import type { GatewayEnv } from "../gateway-env.ts";
import { RequestError } from "../request-error.ts";

const METHODS = "GET, POST, PUT, DELETE";

/** What a page may send beside the headers that need no permission. */
const REQUEST_HEADERS =
  "authorization, x-api-key, content-type, idempotency-key, if-match, if-none-match, last-event-id, prefer, traceparent, x-request-id";

/** What a page may read beside the headers that need no permission. */
const RESPONSE_HEADERS =
  "etag, location, preference-applied, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id";

const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": METHODS,
  "access-control-allow-headers": REQUEST_HEADERS,
  // Two hours: the most that Chromium keeps.
  "access-control-max-age": "7200",
};

/** The variable CORS_ORIGINS: origins, separated by commas. Default, and of an empty text: none. */
export function corsOrigins(): z.ZodType<readonly string[]> {
  const expected = "expected origins such as https://app.example.com, without a path, separated by commas";
  return z
    .string({ error: expected })
    .transform((text, context) => {
      if (text.trim() === "") return [];
      const origins = text.split(",").map((origin) => origin.trim());
      if (origins.every(isOrigin)) return origins;
      context.issues.push({ code: "custom", message: expected, input: text });
      return z.NEVER;
    })
    .default([]);
}

/** As a browser writes it: `URL` adds nothing and takes nothing away. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** @param origins those of CORS_ORIGINS; with none, no page of another origin reads a response */
export function cors(origins: readonly string[]): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const origin = context.req.header("origin") ?? "";
    const isListed = origins.includes(origin);
    const isPreflight = context.req.method === "OPTIONS" && context.req.header("access-control-request-method");
    if (!isPreflight) await next();
    else if (isListed) context.res = new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
    else throw notListed(origin);
    const { headers } = context.res;
    if (origins.length > 0) headers.append("vary", "origin");
    if (!isListed) return;
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", RESPONSE_HEADERS);
  };
}

function notListed(origin: string): RequestError {
  return new RequestError(
    "ORIGIN_NOT_ALLOWED",
    `Origin ${JSON.stringify(origin.slice(0, 100))}: expected one of CORS_ORIGINS`,
  );
}
