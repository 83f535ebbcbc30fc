import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import type { Limit, LimitState, Limits } from "../limits.ts";
import { RequestError } from "../request-error.ts";

/**
 * Limits the requests of each subject, and says in each response how many are left (RateLimit and RateLimit-Policy of
 * draft-ietf-httpapi-ratelimit-headers-10). Of two limits that a request passes the later one stands in the headers: it is the
 * stricter one.
 */
export function rateLimit(limits: Limits, limit: Limit): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const state = await limits.take(limit, context.get("caller")?.subject ?? "");
    if (!state.isAllowed) throw limited(limit, state);
    await next();
    for (const [header, value] of Object.entries(headersOf(limit, state))) {
      if (!context.res.headers.has(header)) context.res.headers.set(header, value);
    }
  };
}

function headersOf({ name }: Limit, { perMinute, remaining, resetSeconds }: LimitState): Record<string, string> {
  return {
    "ratelimit-policy": `"${name}";q=${perMinute};w=60`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  };
}

function limited(limit: Limit, state: LimitState): RequestError {
  return new RequestError(
    "RATE_LIMITED",
    `more than ${state.perMinute} ${limit.name} a minute; try again in ${state.resetSeconds} s`,
    {
      headers: { ...headersOf(limit, state), "retry-after": String(state.resetSeconds) },
    },
  );
}
