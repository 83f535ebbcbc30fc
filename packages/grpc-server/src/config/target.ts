import { isChannelError, type Target, targetFromEnvironment } from "@agent-team/grpc-client";
import { ConfigError } from "../config-error.ts";
import type { Environment } from "../environment.ts";

/**
 * The target of a client, from the variables `{prefix}_HOST`, `{prefix}_LB_ENDPOINT`, `{prefix}_DNS_NAME` …
 * @throws ConfigError of one line that names the wrong variable, without the gRPC code of a channel's error
 */
export function readTarget(prefix: string, env: Environment, defaultPort: number): Target {
  try {
    return targetFromEnvironment(prefix, env, { defaultPort });
  } catch (error) {
    throw isChannelError(error) ? new ConfigError(error.rawMessage, { cause: error }) : error;
  }
}
