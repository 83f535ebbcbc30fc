import { ConfigError } from "./config-error.ts";

/** Limits of a server's connections, as a program gives them. */
export interface ConnectionLimitOptions {
  /**
   * Connections in all, those without a call included. One more is refused at once, and counted as `connections` in
   * `grpc_server_limited_total`: with GOAWAY ENHANCE_YOUR_CALM, or without an answer if the port also serves browsers or TLS.
   * Default 10,000, which need about 160 MiB; 1 to 1,000,000.
   */
  readonly maxConnections?: number | undefined;
  /**
   * Connections from one IP address. One more is refused as by `maxConnections`, and counted as `connections-per-address`. All clients behind a NAT
   * have one address. Behind a load balancer or proxy that does not keep the client's address, all connections come from its own few
   * addresses: leave the limit out there. It does not act on Unix sockets, and a client may have many addresses of IPv6.
   * Default Infinity; 1 to 1,000,000, or Infinity.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * How long a connection of HTTP/2 may be without a call until it gets GOAWAY, in ms. It is looked at once in this time, so that it can live
   * twice as long. Counted as `idle`. Default Infinity: its age of 5 minutes limits it. 1,000 to Infinity.
   * gRPC: GRPC_ARG_MAX_CONNECTION_IDLE_MS.
   */
  readonly maxConnectionIdleMs?: number | undefined;
}

/** The limits with their defaults. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxConnectionIdleMs: number;
}

/** A connection without a call needs 16 KiB. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  maxConnectionIdleMs: Number.POSITIVE_INFINITY,
};

/** @throws ConfigError of one line for a value out of its range */
export function readConnectionLimits(options: ConnectionLimitOptions): ConnectionLimits {
  const { maxConnections = DEFAULT_CONNECTION_LIMITS.maxConnections } = options;
  const { maxConnectionsPerAddress = DEFAULT_CONNECTION_LIMITS.maxConnectionsPerAddress } = options;
  const { maxConnectionIdleMs = DEFAULT_CONNECTION_LIMITS.maxConnectionIdleMs } = options;
  if (!isNumberOfConnections(maxConnections))
    throw new ConfigError(`maxConnections: expected a whole number from 1 to 1000000, got ${maxConnections}`);
  if (maxConnectionsPerAddress !== Number.POSITIVE_INFINITY && !isNumberOfConnections(maxConnectionsPerAddress))
    throw new ConfigError(
      `maxConnectionsPerAddress: expected a whole number from 1 to 1000000, or Infinity, got ${maxConnectionsPerAddress}`,
    );
  if (!(maxConnectionIdleMs >= 1_000))
    throw new ConfigError(`maxConnectionIdleMs: expected 1000 or more milliseconds, got ${maxConnectionIdleMs}`);
  return { maxConnections, maxConnectionsPerAddress, maxConnectionIdleMs };
}

function isNumberOfConnections(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 1_000_000;
}
