import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { MiddlewareHandler } from "hono";
import { type Caller, LOCAL_CALLER } from "../caller.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { createAccessTokens, type VerifyAccessToken } from "./access-token.ts";
import type { ApiKeys } from "./api-keys.ts";
import type { AuthConfig } from "./auth-config.ts";
import { readCredential } from "./credential.ts";
import { scopeMissing, unauthenticated } from "./refusal.ts";

/** Finds the caller of a request by its headers. @throws RequestError 401, or 503 when the token cannot be checked now */
export type Authenticate = (headers: Headers) => Promise<Caller>;

export interface AuthenticateOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Authentication as `AUTH_MODE` says. */
export function createAuthenticate(config: AuthConfig, options: AuthenticateOptions): Authenticate {
  const { AUTH_MODE: mode, API_KEYS: keys } = config;
  if (mode === "none") return async () => LOCAL_CALLER;
  const verify = createVerify(config, options);
  return async (headers) => {
    const { kind, value } = readCredential(headers, mode);
    if (kind === "api_key") return callerOfKey(value, keys);
    if (verify === undefined) throw new Error(`an access token was accepted with AUTH_MODE=${mode}`);
    return await verify(value);
  };
}

/** `undefined` when no access tokens are accepted. */
function createVerify(config: AuthConfig, { clock, logger }: AuthenticateOptions): VerifyAccessToken | undefined {
  const { SUPABASE_URL: supabaseUrl, SUPABASE_JWT_SECRET: jwtSecret } = config;
  if (supabaseUrl === undefined) return undefined;
  const issuer = supabaseUrl;
  return createAccessTokens({
    supabaseUrl,
    jwtSecret,
    clock,
    onReachable(isReachable, err) {
      if (isReachable) logger.info("the keys of access tokens can be fetched again");
      else logger.warn({ err, issuer }, "the keys of access tokens cannot be fetched");
    },
    onUnusableKey(err) {
      logger.warn({ err, issuer }, "a key of access tokens cannot be used: tokens signed with it are refused");
    },
  });
}

function callerOfKey(key: string, keys: ApiKeys | undefined): Caller {
  const caller = keys?.find(key);
  if (caller === undefined) throw unauthenticated("API_KEY_UNKNOWN", "the API key is not known");
  return caller;
}

/** Middleware that refuses a request without a valid credential, and notes the caller of every other. A ticket may have named the caller. */
export function authentication(authenticate: Authenticate): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    if (context.get("caller") === undefined) context.set("caller", await authenticate(context.req.raw.headers));
    await next();
  };
}

/** Middleware that refuses a caller without this scope. */
export function requireScope(scope: string): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    if (context.get("caller")?.scopes.includes(scope) !== true) throw scopeMissing(scope);
    await next();
  };
}
