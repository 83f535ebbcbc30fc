import {
  type Environment,
  readConfig,
  requireIdentity,
  type ServerConfig,
  serverConfigShape,
} from "@agent-team/grpc-server";
import { z } from "zod";
import { AllowHosts } from "./http/allow-hosts.ts";

export interface EngineConfig extends ServerConfig {
  /** Hosts that workflows may reach although their addresses are not public. Default: none. For local use. */
  readonly HTTP_ALLOW_HOSTS: AllowHosts;
}

const expected = "expected host or host:port, several separated by commas";

const schema = z.object({
  ...serverConfigShape({ defaultPort: 50050 }),
  HTTP_ALLOW_HOSTS: z
    .string()
    .optional()
    .transform((text, context) => {
      const hosts = text === undefined ? AllowHosts.none : AllowHosts.parse(text);
      if (hosts !== undefined) return hosts;
      context.issues.push({ code: "custom", message: expected, input: text });
      return z.NEVER;
    }),
});

/** @throws ConfigError naming each wrong variable, its value, and what is expected; in production IDENTITY_SECRET is */
export function readEngineConfig(env: Environment): EngineConfig {
  return requireIdentity(readConfig(schema, env));
}
