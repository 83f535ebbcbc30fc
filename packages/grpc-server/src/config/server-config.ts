import type { z } from "zod";
import type { IdentitySecrets } from "../identity.ts";
import { LOG_LEVELS, type LogConfig } from "../logger.ts";
import { DEFAULT_CONFIG } from "./default-config.ts";
import { identitySecrets } from "./identity-secrets.ts";
import type { TlsConfig } from "./tls-config.ts";
import { choice, count, durationMs, flag, host, listenHost, optional, port, text, url } from "./variables.ts";

/** Variables of every program of the system, of any protocol. */
export interface ProcessConfig extends LogConfig {
  /** Address of the side port. Default: the address of the service itself. */
  readonly HEALTH_HOST: string | undefined;
  /** Port of `/livez`, `/readyz` and `/metrics`. Default 8080. */
  readonly HEALTH_PORT: number;
  /**
   * From SIGTERM to GOAWAY: the server serves normally, because discovery still lists it. Default 13,000: 2 s until Cloud
   * Map's DNS shows the change, a TTL of 10 s, and 1 s more. Other TTLs need other times. 0 ends listening at once.
   */
  readonly LAME_DUCK_MS: number;
  /**
   * After GOAWAY: listening ends when no connection has arrived for this time, 5 s before STOP_TIMEOUT_MS at the latest.
   * Default 5,000.
   */
  readonly LAME_DUCK_QUIET_MS: number;
  /** From SIGTERM to the end of the process at the latest. Default 30,000, the Fargate default of `stopTimeout`. */
  readonly STOP_TIMEOUT_MS: number;
  /** `production` turns reflection off and requires IDENTITY_SECRET. Default: NODE_ENV, otherwise `development`. */
  readonly ENVIRONMENT: string | undefined;
  readonly NODE_ENV: string | undefined;
  readonly AWS_REGION: string | undefined;
  /**
   * The gateway signs its callers' identities with it, and the services behind the gateway check them. One secret, or two
   * while one replaces the other: the first signs, both are accepted. Default: none, and all callers are the subject `local`.
   */
  readonly IDENTITY_SECRET: IdentitySecrets | undefined;
}

/** Variables of a gRPC server. */
export interface ServerConfig extends ProcessConfig, TlsConfig {
  /** Address to bind, or `unix:/path` of a socket. Default 0.0.0.0. */
  readonly GRPC_HOST: string;
  /** Port to bind; 0 picks a free one. */
  readonly GRPC_PORT: number;
  /** Most calls in flight. Further ones end RESOURCE_EXHAUSTED before their handler, with a pushback of 50 to 150 ms. Default 4,096. */
  readonly GRPC_MAX_CALLS: number;
  /** The store that all tasks share: agent and engine keep their state in it. Default: JOURNAL_URL. */
  readonly REDIS_URL: string | undefined;
  /** The store of the local cloud. Not together with REDIS_URL. Default: each process keeps its own state. */
  readonly JOURNAL_URL: string | undefined;
}

/** A Zod schema for each variable of a configuration. */
export type ShapeOf<Config> = { readonly [Name in keyof Config]: z.ZodType<Config[Name]> };

/** To spread into a program's own `z.object({ ...processConfigShape(), … })`. */
export function processConfigShape(): ShapeOf<ProcessConfig> {
  return {
    HEALTH_HOST: optional(host()),
    HEALTH_PORT: port(DEFAULT_CONFIG.HEALTH_PORT),
    LAME_DUCK_MS: durationMs(DEFAULT_CONFIG.LAME_DUCK_MS),
    LAME_DUCK_QUIET_MS: durationMs(DEFAULT_CONFIG.LAME_DUCK_QUIET_MS),
    STOP_TIMEOUT_MS: durationMs(DEFAULT_CONFIG.STOP_TIMEOUT_MS),
    DEBUG: flag(DEFAULT_CONFIG.DEBUG),
    LOG_LEVEL: choice(LOG_LEVELS, DEFAULT_CONFIG.LOG_LEVEL),
    ENVIRONMENT: optional(text()),
    NODE_ENV: optional(text()),
    AWS_REGION: optional(text()),
    IDENTITY_SECRET: optional(identitySecrets()),
  };
}

/** To spread into a gRPC server's `z.object({ ...serverConfigShape({ defaultPort: 50051 }), … })`. */
export function serverConfigShape(defaults: { readonly defaultPort: number }): ShapeOf<ServerConfig> {
  return {
    GRPC_HOST: listenHost(DEFAULT_CONFIG.GRPC_HOST),
    GRPC_PORT: port(defaults.defaultPort),
    GRPC_MAX_CALLS: count({ min: 1, max: 1_000_000 }, DEFAULT_CONFIG.GRPC_MAX_CALLS),
    REDIS_URL: optional(url(["redis", "rediss"], "redis://host:6379")),
    JOURNAL_URL: optional(url(["tcp"], "tcp://host:port")),
    ...tlsConfigShape(),
    ...processConfigShape(),
  };
}

function tlsConfigShape(): ShapeOf<TlsConfig> {
  return {
    TLS_CERT_FILE: optional(text()),
    TLS_CERT: optional(text()),
    TLS_KEY_FILE: optional(text()),
    TLS_KEY: optional(text()),
    TLS_CLIENT_CA_FILE: optional(text()),
    TLS_CLIENT_CA: optional(text()),
  };
}
