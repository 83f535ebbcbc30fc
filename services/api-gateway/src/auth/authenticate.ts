import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { MiddlewareHandler } from "hono";
import type { GatewayConfig } from "../config.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { createAccessTokens, type VerifyAccessToken } from "./access-token.ts";
import { type ApiKeys } from "./api-keys.ts";
import { anybody, type Caller } from "./caller.ts";
import { readCredential } from "./credential.ts";
import { scopeMissing, unauthenticated } from "./refusal.ts";

/** Says who makes a request. @throws RequestError 401, or 503 when that cannot be said now */
export type Authenticate = (headers: Headers) => Promise<Caller>;

export interface AuthenticateOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The way of `AUTH_MODE`. */
export function createAuthenticate(config: GatewayConfig, { clock, logger }: AuthenticateOptions): Authenticate {
  const { AUTH_MODE: mode, API_KEYS: keys } = config;
  if (mode === "none") return async () => anybody;
  const verify = config.SUPABASE_URL === undefined ? undefined : accessTokensOf(config.SUPABASE_URL);
  return async (headers) => {
    const { kind, value } = readCredential(headers, mode);
    if (kind === "api_key") return callerOfKey(value, keys);
    if (verify === undefined) throw new Error(`an access token was taken with AUTH_MODE=${mode}`);
    return await verify(value);
  };

  function accessTokensOf(supabaseUrl: string): VerifyAccessToken {
    const onReachable = (reachable: boolean, reason?: unknown): void => {
      if (reachable) logger.info("the keys of access tokens can be fetched again");
      else logger.warn({ err: reason, issuer: supabaseUrl }, "the keys of access tokens cannot be fetched");
    };
    const onUnusableKey = (reason: unknown): void => {
      logger.warn(
        { err: reason, issuer: supabaseUrl },
        "a key of access tokens cannot be used: tokens signed with it are refused",
      );
    };
    const jwtSecret = config.SUPABASE_JWT_SECRET;
    return createAccessTokens({ supabaseUrl, jwtSecret, clock, onReachable, onUnusableKey });
  }
}

function callerOfKey(key: string, keys: ApiKeys | undefined): Caller {
  const caller = keys?.find(key);
  if (caller === undefined) throw unauthenticated("API_KEY_UNKNOWN", "the API key is not known");
  return caller;
}

/** Lets nobody pass who is not known. */
export function authenticated(authenticate: Authenticate): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    context.set("caller", await authenticate(context.req.raw.headers));
    await next();
  };
}

/** Lets nobody pass without that scope. */
export function scoped(scope: string): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    if (context.get("caller")?.scopes.includes(scope) !== true) throw scopeMissing(scope);
    await next();
  };
}
