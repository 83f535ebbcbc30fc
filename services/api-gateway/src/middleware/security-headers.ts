import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";

/** No response is a page: a browser that opens one runs nothing of it, and shows it in no frame. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** RFC 6797, for a year. Behind a load balancer that ends TLS; over plain HTTP a browser ignores it. */
const HSTS = "max-age=31536000; includeSubDomains";

/** Adds headers that restrict what a browser makes of a response. A route may set one of them itself. */
export function securityHeaders(isProduction: boolean): MiddlewareHandler<GatewayEnv> {
  const headers = Object.entries({ ...HEADERS, ...(isProduction ? { "strict-transport-security": HSTS } : {}) });
  return async (context, next) => {
    await next();
    for (const [name, value] of headers) if (!context.res.headers.has(name)) context.res.headers.set(name, value);
  };
}
