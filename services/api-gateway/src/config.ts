import {
  ConfigError,
  type Environment,
  host,
  type ProcessConfig,
  port,
  processConfigShape,
  readConfig,
} from "@agent-team/grpc-server";
import { z } from "zod";

/** Variables of the gateway, beside those of its channels (`WORKFLOW_SERVICE_*`, `WORKFLOW_ENGINE_*`). */
export interface GatewayConfig extends ProcessConfig {
  /** Address to bind. Default 0.0.0.0. */
  readonly HTTP_HOST: string;
  /** Port to bind. Default 8000; 0 picks a free one. */
  readonly HTTP_PORT: number;
  /** How callers prove who they are. `none`, the default, admits everybody as `local`, and production refuses it. */
  readonly AUTH_MODE: "none";
}

const schema = z.object({
  ...processConfigShape(),
  HTTP_HOST: host("0.0.0.0"),
  HTTP_PORT: port(8000),
  AUTH_MODE: z.literal("none", "expected none: jwt and api_key come in a later version").default("none"),
});

/** @throws ConfigError with a line for each wrong variable */
export function readGatewayConfig(env: Environment): GatewayConfig {
  const config = readConfig(schema, env);
  if ((config.ENVIRONMENT ?? config.NODE_ENV) === "production") {
    throw new ConfigError(
      `AUTH_MODE=${config.AUTH_MODE}: expected jwt or api_key when ENVIRONMENT=production, and neither is built yet: this version does not run in production`,
    );
  }
  return config;
}
