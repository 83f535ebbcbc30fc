import {
  ConfigError,
  count,
  type Environment,
  host,
  isProduction,
  optional,
  type ProcessConfig,
  port,
  processConfigShape,
  readConfig,
  text,
} from "@agent-team/grpc-server";
import { z } from "zod";
import { type ApiKeys, apiKeys } from "./auth/api-keys.ts";
import { type AuthMode, accepts, authMode } from "./auth/auth-mode.ts";
import { isSafeForKeys, jwtSecret, publishedJwtSecret, supabaseUrl } from "./auth/supabase.ts";
import { hosts } from "./hosts.ts";

/** Variables of the gateway, beside those of its channels (`WORKFLOW_SERVICE_*`, `WORKFLOW_ENGINE_*`). */
export interface GatewayConfig extends ProcessConfig {
  /** Address to bind. Default 0.0.0.0. */
  readonly HTTP_HOST: string;
  /** Port to bind. Default 8000; 0 picks a free one. */
  readonly HTTP_PORT: number;
  /** How callers prove who they are. `none`, the default, admits everybody as `local`, and production refuses it. */
  readonly AUTH_MODE: AuthMode;
  /** The project whose access tokens are accepted, needed with `jwt`: `https://{project}.supabase.co`. */
  readonly SUPABASE_URL: string | undefined;
  /** The project's legacy secret: with it access tokens are HS256. Default: they are checked by the keys it publishes. */
  readonly SUPABASE_JWT_SECRET: string | undefined;
  /** The keys that are accepted, needed with `api_key`. */
  readonly API_KEYS: ApiKeys | undefined;
  /** Host names and addresses, besides loopback, under which callers may reach the gateway while AUTH_MODE=none. Default: none. */
  readonly ALLOWED_HOSTS: readonly string[];
  /**
   * Connections at once from one address, 1 to 4,096. Default 1,024: a quarter of all. Behind a load balancer, whose few
   * addresses stand for all callers, 4,096.
   */
  readonly MAX_CONNECTIONS_PER_ADDRESS: number;
  /** CloudWatch's namespace for the figures of the channels, a log line a minute each. Default: none, and no line. */
  readonly CLIENT_METRICS_NAMESPACE: string | undefined;
}

const schema = z.object({
  ...processConfigShape(),
  HTTP_HOST: host("0.0.0.0"),
  HTTP_PORT: port(8000),
  AUTH_MODE: authMode(),
  SUPABASE_URL: optional(supabaseUrl()),
  SUPABASE_JWT_SECRET: optional(jwtSecret()),
  API_KEYS: optional(apiKeys()),
  ALLOWED_HOSTS: hosts(),
  MAX_CONNECTIONS_PER_ADDRESS: count({ min: 1, max: 4_096 }, 1_024),
  CLIENT_METRICS_NAMESPACE: optional(text()),
});

/** @throws ConfigError with a line for each wrong variable, and for each that is missing beside the others */
export function readGatewayConfig(env: Environment): GatewayConfig {
  const config = readConfig(schema, env);
  const problems = [...missing(config), ...(isProduction(config) ? unsafe(config) : [])];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What the mode needs and has not. */
function missing({ AUTH_MODE: mode, ...config }: GatewayConfig): readonly string[] {
  const needed: readonly [
    name: "SUPABASE_URL" | "API_KEYS" | "IDENTITY_SECRET",
    isNeeded: boolean,
    expected: string,
  ][] = [
    ["SUPABASE_URL", accepts(mode, "jwt"), "the project's URL such as https://your-project.supabase.co"],
    ["API_KEYS", accepts(mode, "api_key"), "what npm run -s agent-team -- api-key SUBJECT makes"],
    ["IDENTITY_SECRET", mode !== "none", "at least 32 bytes, the same for all services (openssl rand -hex 32)"],
  ];
  return needed
    .filter(([name, isNeeded]) => isNeeded && config[name] === undefined)
    .map(([name, , expected]) => `${name} is not set: expected ${expected}, with AUTH_MODE=${mode}`);
}

/** What only a developer's machine may have. */
function unsafe({ AUTH_MODE: mode, SUPABASE_URL, SUPABASE_JWT_SECRET }: GatewayConfig): readonly string[] {
  if (mode === "none")
    return [
      'AUTH_MODE=none: expected jwt, api_key or "jwt,api_key" when ENVIRONMENT=production: none admits everybody',
    ];
  const problems: string[] = [];
  if (SUPABASE_URL !== undefined && !isSafeForKeys(SUPABASE_URL))
    problems.push(`SUPABASE_URL=${SUPABASE_URL}: expected https when ENVIRONMENT=production: keys are fetched there`);
  if (SUPABASE_JWT_SECRET === publishedJwtSecret)
    problems.push("SUPABASE_JWT_SECRET=[redacted]: expected your project's: this one is Supabase's published example");
  return problems;
}
