/** The stricter rules of production. */

import { ConfigError } from "../config-error.ts";
import type { ProcessConfig } from "./server-config.ts";

type EnvironmentConfig = Pick<ProcessConfig, "ENVIRONMENT" | "NODE_ENV">;

/** Whether the program runs in production: no reflection, and no call without a checked caller. ENVIRONMENT wins over NODE_ENV. */
export function isProduction(config: EnvironmentConfig): boolean {
  return (config.ENVIRONMENT ?? config.NODE_ENV) === "production";
}

/** @throws ConfigError of one line in production without IDENTITY_SECRET */
export function requireIdentity<Config extends EnvironmentConfig & Pick<ProcessConfig, "IDENTITY_SECRET">>(
  config: Config,
): Config {
  if (config.IDENTITY_SECRET !== undefined || !isProduction(config)) return config;
  throw new ConfigError(
    "IDENTITY_SECRET is not set: expected the gateway's, at least 32 bytes, when ENVIRONMENT=production: without it all callers are one subject",
  );
}
