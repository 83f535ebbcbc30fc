import type { Clock } from "@agent-team/foundation/clock";
import type { ServerConfig } from "./config/server-config.ts";
import type { ConnectionLimitOptions } from "./connection-limits.ts";
import type { Dependency } from "./health/readiness.ts";
import type { ServerLogger } from "./server-logger.ts";
import type { ServedService } from "./service.ts";
import type { Protocol } from "./web-request.ts";

/** Options of `serve`. */
export interface ServeOptions extends ConnectionLimitOptions {
  readonly services: readonly ServedService[];
  /**
   * Addresses, times, TLS and limits, each with the default of its variable; GRPC_PORT: 50051. A program reads them from its environment
   * by `readConfig`, or sets some. Default: all defaults.
   */
  readonly config?: Partial<ServerConfig> | undefined;
  /** Default: lines of JSON on standard output. */
  readonly logger?: ServerLogger | undefined;
  /**
   * The service that identities must name, such as `workflow-engine`. An identity for another service is refused, and in production the
   * config must have IDENTITY_SECRET. Default: callers have no identity, and `identityOf` throws.
   */
  readonly audience?: string | undefined;
  readonly clock?: Clock | undefined;
  /**
   * The protocols of the port: `grpc`, which is always one of them, and for browsers `grpc-web` (binary and text) and `connect`
   * (https://connectrpc.com/docs/protocol, with POST). With one of these the port also accepts HTTP/1.1: by ALPN, and in plaintext by the
   * first bytes of a connection. Default `["grpc"]`: the port is HTTP/2 for gRPC alone.
   */
  readonly protocols?: readonly Protocol[] | undefined;
  /**
   * Compression of answers: `gzip` for messages of 1 KiB and more, to clients that read it, or `identity`. Clients say so by
   * `grpc-accept-encoding`, those of Connect by `accept-encoding` (every browser does) or `connect-accept-encoding`. Compressing a MiB of text takes some
   * 20 ms, for gRPC on the main thread. Not for answers that hold a secret beside a text of the caller's: their size then depends on the secret.
   * Default `identity`. Requests may be compressed in any case.
   */
  readonly compression?: "identity" | "gzip" | undefined;
  /**
   * The origins of the pages that may call by `grpc-web` or `connect`, such as `https://app.example.com`. Preflights of these are
   * answered, and requests of other pages are refused with 403. Clients that are no browsers send no origin and are not concerned.
   * Default: none.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Stores that calls need. While one is unavailable, the services are NOT_SERVING in grpc.health.v1 and `/readyz` names
   * the store, still with 200. Handlers answer UNAVAILABLE with their own reason. Default: none.
   */
  readonly dependencies?: readonly Dependency[] | undefined;
  /** Figures of the program in the Prometheus text format, for `/metrics`. Default: those of the process and its calls alone. */
  readonly metrics?: (() => string) | undefined;
  /**
   * Called when the drain begins and health is NOT_SERVING: hands work over to other instances. `callsEnded` resolves when
   * the last call has ended and no other can arrive. The drain waits for the returned promise as long as for calls. A
   * failure is logged. Default: nothing to hand over.
   */
  readonly onDrain?: ((drain: { readonly callsEnded: Promise<void> }) => void | Promise<void>) | undefined;
}

/** `ServeOptions` with what the rest of a server needs in any case. */
export interface ResolvedServeOptions extends ServeOptions {
  readonly config: ServerConfig;
  readonly logger: ServerLogger;
}
