import type { Clock } from "@agent-team/foundation/clock";
import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { RequestError } from "../request-error.ts";
import { type BucketState, TokenBuckets } from "../token-buckets.ts";

export interface RateLimitOptions {
  /** Of the policy, in the headers of the response. */
  readonly name: string;
  readonly perMinute: number;
  readonly clock: Clock;
}

/**
 * Limits the requests of each subject, and says in each response how many are left (RateLimit and RateLimit-Policy of
 * draft-ietf-httpapi-ratelimit-headers-10). Of two limits that a request passes the later one stands in the headers: it is the
 * stricter one. Each gateway counts for itself.
 */
export function rateLimit({ name, perMinute, clock }: RateLimitOptions): MiddlewareHandler<GatewayEnv> {
  const buckets = new TokenBuckets(perMinute);
  return async (context, next) => {
    const subject = context.get("caller")?.subject ?? "";
    const state = buckets.take(subject, clock.now());
    if (!state.isAllowed) throw limited(name, perMinute, state);
    await next();
    for (const [header, value] of Object.entries(headersOf(name, perMinute, state))) {
      if (!context.res.headers.has(header)) context.res.headers.set(header, value);
    }
  };
}

function headersOf(name: string, perMinute: number, { remaining, resetSeconds }: BucketState): Record<string, string> {
  return {
    "ratelimit-policy": `"${name}";q=${perMinute};w=60`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  };
}

function limited(name: string, perMinute: number, state: BucketState): RequestError {
  return new RequestError(
    "RATE_LIMITED",
    `more than ${perMinute} ${name} a minute; try again in ${state.resetSeconds} s`,
    {
      headers: { ...headersOf(name, perMinute, state), "retry-after": String(state.resetSeconds) },
    },
  );
}
