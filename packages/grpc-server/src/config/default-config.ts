import type { ServerConfig } from "./server-config.ts";

/** Of the variables that have a default. */
export const DEFAULT_CONFIG = {
  GRPC_HOST: "0.0.0.0",
  GRPC_PORT: 50_051,
  GRPC_MAX_CALLS: 4_096,
  HEALTH_PORT: 8_080,
  LAME_DUCK_MS: 13_000,
  LAME_DUCK_QUIET_MS: 5_000,
  STOP_TIMEOUT_MS: 30_000,
  DEBUG: false,
  LOG_LEVEL: "info",
} as const;

const NOT_SET = {
  ENVIRONMENT: undefined,
  NODE_ENV: undefined,
  AWS_REGION: undefined,
  IDENTITY_SECRET: undefined,
  HEALTH_HOST: undefined,
  REDIS_URL: undefined,
  JOURNAL_URL: undefined,
  TLS_CERT_FILE: undefined,
  TLS_CERT: undefined,
  TLS_KEY_FILE: undefined,
  TLS_KEY: undefined,
  TLS_CLIENT_CA_FILE: undefined,
  TLS_CLIENT_CA: undefined,
};

/** What a program sets, and the defaults of the rest. */
export function completeConfig(config: Partial<ServerConfig>): ServerConfig {
  return { ...NOT_SET, ...DEFAULT_CONFIG, ...config };
}
