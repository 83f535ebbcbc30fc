/** The limits of callers: who has a subject is counted by it, and who has none by the address. */

import type { Context, MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import type { Limit, Limits } from "../limits.ts";
import { addressOf } from "./client-address.ts";
import { limitRefused, rateLimit } from "./rate-limit.ts";

/** Requests of one address in a minute whose credential is missing or refused (decision 0062). */
const REFUSED_PER_MINUTE = 60;

/** The variables of these names. */
export interface CallerLimitsConfig {
  readonly REQUESTS_PER_MINUTE: number;
  readonly MESSAGES_PER_MINUTE: number;
  readonly TRUSTED_HOPS: number;
}

export interface CallerLimits {
  /** Webhooks and links to approvals. Their callers have no subject, but a token. */
  readonly links: MiddlewareHandler<GatewayEnv>;
  /** What authentication, which stands behind it, refuses. */
  readonly refused: MiddlewareHandler<GatewayEnv>;
  /** Requests with a subject. */
  readonly requests: MiddlewareHandler<GatewayEnv>;
  /** Those of them that begin a turn. */
  readonly messages: MiddlewareHandler<GatewayEnv>;
}

export function callerLimits(config: CallerLimitsConfig, limits: Limits): CallerLimits {
  const { REQUESTS_PER_MINUTE, MESSAGES_PER_MINUTE, TRUSTED_HOPS } = config;
  const address = (context: Context<GatewayEnv>): string => addressOf(context, TRUSTED_HOPS);
  const subject = (context: Context<GatewayEnv>): string => context.get("caller")?.subject ?? "";
  const limit = (name: string, perMinute: number, what = name): Limit => ({ name, perMinute, what });
  return {
    links: rateLimit(limits, limit("links", REQUESTS_PER_MINUTE, "requests of one address to links"), address),
    refused: limitRefused(limits, limit("refused", REFUSED_PER_MINUTE, "refused requests of one address"), address),
    requests: rateLimit(limits, limit("requests", REQUESTS_PER_MINUTE), subject),
    messages: rateLimit(limits, limit("messages", MESSAGES_PER_MINUTE), subject),
  };
}
