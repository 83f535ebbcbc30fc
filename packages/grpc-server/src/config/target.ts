import {
  isChannelError,
  type Target,
  type TlsOptions,
  targetFromEnvironment,
  tlsFromEnvironment,
} from "@agent-team/grpc-client";
import { ConfigError } from "../config-error.ts";
import type { Environment } from "../environment.ts";

/**
 * The target of a client, from the variables `{prefix}_HOST`, `{prefix}_LB_ENDPOINT`, `{prefix}_DNS_NAME` …
 * @throws ConfigError of one line that names the wrong variable, without the gRPC code of a channel's error
 */
export function readTarget(prefix: string, env: Environment, defaultPort: number): Target {
  return withoutCode(() => targetFromEnvironment(prefix, env, { defaultPort }));
}

/**
 * The option `tls` of a client's channel, from the variables `{prefix}_TLS_CA_FILE`, `{prefix}_TLS_CERT_FILE` …; undefined: plaintext.
 * @throws ConfigError of one line that names the wrong variable
 */
export function readTls(prefix: string, env: Environment): TlsOptions | undefined {
  return withoutCode(() => tlsFromEnvironment(prefix, env));
}

function withoutCode<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isChannelError(error) ? new ConfigError(error.rawMessage, { cause: error }) : error;
  }
}
