import type { Context, MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import type { Limit, LimitState, Limits } from "../limits.ts";
import { RequestError } from "../request-error.ts";

/** Whose tokens a request takes: a subject, or an address. */
export type KeyOf = (context: Context<GatewayEnv>) => string;

/**
 * Limits the requests of each key, and says in each response how many are left (RateLimit and RateLimit-Policy of
 * draft-ietf-httpapi-ratelimit-headers-10). Of two limits that a request passes the later one stands in the headers: it is the
 * stricter one.
 */
export function rateLimit(limits: Limits, limit: Limit, keyOf: KeyOf): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const state = await limits.take(limit, keyOf(context));
    if (!state.isAllowed) throw limited(limit, state);
    await next();
    addHeaders(context.res.headers, limit, state);
  };
}

/**
 * Limits the requests that authentication refuses. A refused request takes its token when it is refused, so that callers with a good
 * credential are never refused for the sake of others at their address. Above the limit the response is 429 and not 401.
 */
export function limitRefused(limits: Limits, limit: Limit, keyOf: KeyOf): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    await next();
    if (context.res.status !== 401) return;
    const state = await limits.take(limit, keyOf(context));
    if (!state.isAllowed) {
      context.res.headers.delete("www-authenticate"); // hono passes the headers on: another credential would not help now
      throw limited(limit, state);
    }
    addHeaders(context.res.headers, limit, state);
  };
}

function addHeaders(headers: Headers, limit: Limit, state: LimitState): void {
  for (const [header, value] of Object.entries(headersOf(limit, state)))
    if (!headers.has(header)) headers.set(header, value);
}

function headersOf({ name }: Limit, { perMinute, remaining, resetSeconds }: LimitState): Record<string, string> {
  return {
    "ratelimit-policy": `"${name}";q=${perMinute};w=60`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  };
}

function limited(limit: Limit, state: LimitState): RequestError {
  const { perMinute, resetSeconds } = state;
  return new RequestError(
    "RATE_LIMITED",
    `more than ${perMinute} ${limit.what} a minute; try again in ${resetSeconds} s`,
    {
      headers: { ...headersOf(limit, state), "retry-after": String(resetSeconds) },
    },
  );
}
