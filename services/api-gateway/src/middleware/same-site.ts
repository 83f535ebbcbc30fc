/**
 * Refuses requests of foreign web pages while callers need no credential (`AUTH_MODE=none`). A browser on the developer's
 * machine reaches 127.0.0.1, so a page of any site could otherwise run workflows there: directly, which its `Origin` shows,
 * or under its own name that resolves to 127.0.0.1 (DNS rebinding), which `Host` shows. With credentials neither matters:
 * the gateway reads no cookies, so a page has nothing to send.
 */

import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { RequestError } from "../request-error.ts";

/** RFC 9110 9.2.1: methods that change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * @param allowedHosts names and addresses besides loopback, in lower case, without a port
 * @param allowedOrigins origins of pages that may change data, too
 */
export function sameSite(
  allowedHosts: readonly string[],
  allowedOrigins: readonly string[],
): MiddlewareHandler<GatewayEnv> {
  const isAllowed = (host: string): boolean => isLoopback(host) || allowedHosts.includes(host);
  return async (context, next) => {
    const host = context.req.header("host") ?? "";
    if (!isAllowed(hostOf(`http://${host}`))) throw hostNotAllowed(host);
    const origin = context.req.header("origin");
    const isForeign = origin !== undefined && !allowedOrigins.includes(origin) && !isAllowed(hostOf(origin));
    if (isForeign && !SAFE_METHODS.has(context.req.method)) throw originNotAllowed(origin);
    await next();
  };
}

/** The host of a URL as `URL` writes it: lower case, numeric addresses in four parts. Empty when the text is no URL. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** RFC 6761 6.3: every name below `localhost` is this machine, and no name server is asked about it. */
function isLoopback(host: string): boolean {
  return /^(.+\.)?localhost\.?$/.test(host) || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function hostNotAllowed(host: string): RequestError {
  return new RequestError(
    "HOST_NOT_ALLOWED",
    `Host ${JSON.stringify(host.slice(0, 100))}: expected localhost, a loopback address or a name of ALLOWED_HOSTS, with AUTH_MODE=none`,
  );
}

function originNotAllowed(origin: string): RequestError {
  return new RequestError(
    "ORIGIN_NOT_ALLOWED",
    `Origin ${JSON.stringify(origin.slice(0, 100))}: expected none, or one on loopback or of ALLOWED_HOSTS, with AUTH_MODE=none`,
  );
}
