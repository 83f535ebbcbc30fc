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
  url,
} from "@agent-team/grpc-server";
import { z } from "zod";
import { apiKeys } from "./auth/api-keys.ts";
import { type AuthConfig, missingVariables, unsafeVariables } from "./auth/auth-config.ts";
import { authMode } from "./auth/auth-mode.ts";
import { jwtSecret, supabaseUrl } from "./auth/supabase.ts";
import { allowedHosts } from "./middleware/allowed-hosts.ts";
import { corsOrigins } from "./middleware/cors.ts";

/** Variables of the gateway, beside those of its channels (`WORKFLOW_SERVICE_*`, `WORKFLOW_ENGINE_*`). */
export interface GatewayConfig extends ProcessConfig, AuthConfig {
  /** Address to bind. Default 0.0.0.0. */
  readonly HTTP_HOST: string;
  /** Port to bind. Default 8000; 0 picks a free one. */
  readonly HTTP_PORT: number;
  /** Host names and addresses, besides loopback, under which callers may reach the gateway while AUTH_MODE=none. Default: none. */
  readonly ALLOWED_HOSTS: readonly string[];
  /** Origins of web pages that may read responses, such as `https://app.example.com`. Default: none. */
  readonly CORS_ORIGINS: readonly string[];
  /** Requests of one subject in a minute, with a credential. Default 600; 1 to 1,000,000. */
  readonly REQUESTS_PER_MINUTE: number;
  /** Messages to conversations of one subject in a minute, as before. Default 30. */
  readonly MESSAGES_PER_MINUTE: number;
  /**
   * Event streams of one subject that are open at once at one gateway, with a credential. Default 10; 1 to 4,096. Each gateway counts for itself. Above it a
   * new stream is refused; a reader that comes back to its turn or run takes the place of its own old stream.
   */
  readonly STREAMS_PER_SUBJECT: number;
  /**
   * Proxies in front that append to X-Forwarded-For, one behind the other: an AWS ALB is one. The client's address is the entry that the
   * first of them writes. Default 0, the address of the connection; 0 to 10. Limits of callers without a subject count by it.
   */
  readonly TRUSTED_HOPS: number;
  /** The Redis in which all gateways count these together. Default: each gateway counts for itself. */
  readonly REDIS_URL: string | undefined;
  /**
   * Connections at once from one address, 1 to 4,096. Default 1,024: a quarter of all. Set 4,096 behind a load balancer,
   * because all callers then come from its few addresses.
   */
  readonly MAX_CONNECTIONS_PER_ADDRESS: number;
  /** CloudWatch namespace of the channels' metrics, one log line each minute. Default: none, and no such line. */
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
  ALLOWED_HOSTS: allowedHosts(),
  CORS_ORIGINS: corsOrigins(),
  REQUESTS_PER_MINUTE: count({ min: 1, max: 1_000_000 }, 600),
  MESSAGES_PER_MINUTE: count({ min: 1, max: 1_000_000 }, 30),
  STREAMS_PER_SUBJECT: count({ min: 1, max: 4_096 }, 10),
  TRUSTED_HOPS: count({ min: 0, max: 10 }, 0),
  REDIS_URL: optional(url(["redis", "rediss"], "redis://host:6379")),
  MAX_CONNECTIONS_PER_ADDRESS: count({ min: 1, max: 4_096 }, 1_024),
  CLIENT_METRICS_NAMESPACE: optional(text()),
});

/** @throws ConfigError with a line for each variable that is wrong or missing */
export function readGatewayConfig(env: Environment): GatewayConfig {
  const config = readConfig(schema, env);
  const problems = [...missingVariables(config), ...(isProduction(config) ? unsafeVariables(config) : [])];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}
