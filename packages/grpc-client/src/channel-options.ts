/** The options of a channel, with every default and range in this one place. */

import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { type Random, systemRandom } from "@agent-team/foundation/random";
import { BALANCING_POLICIES, type BalancingPolicy } from "./balancing-policy.ts";
import { checkPath } from "./call-arguments.ts";
import { COMPRESSIONS, type Compression } from "./compression.ts";
import { invalidArgument } from "./errors.ts";
import {
  type CircuitBreakerOptions,
  type OutlierDetectionOptions,
  type Resolved,
  resolveCircuitBreaker,
  resolveOutlierDetection,
} from "./health-options.ts";
import { numberWithin, wholeNumberWithin } from "./option-values.ts";
import { type HttpProxy, parseProxy } from "./proxy.ts";
import type { Resolver } from "./resolver/resolver.ts";
import type { CreateTransport, TlsOptions } from "./transport.ts";

const TRANSPORTS = ["node:http2", "own"] as const;

/** Which HTTP/2 a channel uses. */
export type TransportKind = (typeof TRANSPORTS)[number];

/** Options of `createChannel`. Each has a default. `createChannel` checks them all and names a wrong one. */
export interface ChannelOptions {
  /**
   * Encrypts connections. Default: plaintext. `true`: TLS with the system's CAs. See `TlsOptions` for one's own, for mutual TLS and
   * for files that are replaced. gRPC: channel credentials.
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /**
   * The `:authority` of each request and, with TLS, the name that certificates must carry.
   * Default: the target's name. gRPC: GRPC_ARG_DEFAULT_AUTHORITY.
   */
  readonly authority?: string | undefined;
  /**
   * How long TCP, TLS and the peer's SETTINGS may take together until the connection counts as failed, in ms.
   * Acts on every new connection. Default 3,000; 100 to 60,000. A lower tier does not wait for it: see `failoverMs`.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * A connection from which no byte came for this long is verified by a PING before its next call, in ms: a NAT or a load balancer
   * may have forgotten it. The call waits for the answer, or for the next connection; other endpoints go first. Default 60,000;
   * 1,000 to 86,400,000, or Infinity: never.
   */
  readonly idleVerifyMs?: number | undefined;
  /**
   * A PING is sent when a call has waited this long for its first response byte on a silent connection, and at least twice as long as
   * 95 of 100 responses take, in ms. Default 500; 100 to 3,600,000, or Infinity: never. Without an answer within a quarter of `keepaliveTimeoutMs` calls avoid the endpoint.
   */
  readonly firstBytePingMs?: number | undefined;
  /**
   * A PING is sent when nothing came for this long while streams are open, in ms. Default 5,000; 1,000 to 86,400,000, or Infinity:
   * never. Doubles when the server answers `too_many_pings`. gRPC: GRPC_ARG_KEEPALIVE_TIME_MS.
   */
  readonly keepaliveTimeMs?: number | undefined;
  /**
   * A connection without an answer to a PING for this long is closed, and its streams end with `unavailable`, in ms. Default 4,000;
   * 100 to 60,000. gRPC: GRPC_ARG_KEEPALIVE_TIMEOUT_MS.
   */
  readonly keepaliveTimeoutMs?: number | undefined;
  /**
   * PINGs between two times at which the server sends HEADERS or DATA. Servers of C-core and grpc-go end a connection at the third;
   * above the number one in 5 minutes is sent while a stream is open. Default 2; 0 to 1,000,000. 0: no PINGs; then an idle
   * connection is replaced instead of verified. gRPC: GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA.
   */
  readonly maxPingsWithoutData?: number | undefined;
  /**
   * How long the first tier may be connecting until the next one connects too, in ms. Default 1,000; 0 to 60,000.
   * A tier in which every endpoint has failed is left at once.
   */
  readonly failoverMs?: number | undefined;
  /**
   * How long a better tier must be ready until calls return to it, in ms. Default 5,000; 0 to 60,000.
   * Doubles, up to a minute, when a return is followed by a failover within a minute.
   */
  readonly failbackMs?: number | undefined;
  /** Total time of a unary call that states none, in ms. Default 60,000; Infinity for none. Streams have no default. */
  readonly unaryTimeoutMs?: number | undefined;
  /**
   * How long an attempt may take from its start to the first response headers or message, in ms. Then the attempt fails with
   * `unavailable`, and is repeated as after the loss of its connection. Acts on methods with one request message: with a stream of
   * requests the server may wait for them. Default 60,000; 1 to Infinity (no limit). A server that sends nothing until an event
   * happens needs a longer one.
   */
  readonly firstByteTimeoutMs?: number | undefined;
  /**
   * How long a stream of responses may be silent between two messages, in ms. Then it ends with `unavailable`. Time in which the
   * caller does not read does not count. Default Infinity (no limit); 1 or more. Set it when the servers send heartbeats.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Most attempts of a call, the first included, and those apart that the server cannot have processed: they cost nothing. Acts on
   * each call. Default 3; 1 (no retries) to 10. gRPC: `retryPolicy.maxAttempts`.
   */
  readonly maxAttempts?: number | undefined;
  /**
   * Idempotent unary calls that have no response after the p95 of response times, at least 10 ms, get a second attempt on another
   * endpoint. The first answer counts, and the other attempt is cancelled. At most 5 % of the calls, a token of the retry budget
   * each, and none while more than 5 % of the attempts fail. Default false. gRPC: `hedgingPolicy`.
   */
  readonly hedging?: boolean | undefined;
  /**
   * Paths (`/package.Service/Method`) of methods that may run twice for one call, although their descriptors do not say so by
   * `idempotency_level`. They are repeated after a failure that the server may have processed. Default none.
   */
  readonly idempotentMethods?: Iterable<string> | undefined;
  /**
   * The servers send `grpc-retry-pushback-ms` only for calls whose handler has not started. UNAVAILABLE and RESOURCE_EXHAUSTED
   * with it are then repeated for methods that are not idempotent, too. Default false: gRFC A6 does not promise it.
   */
  readonly pushbackBeforeHandler?: boolean | undefined;
  /**
   * Largest message that is accepted, in bytes; a larger one ends its call with `resource_exhausted`.
   * Default 4 MiB; 1 to 1 GiB. gRPC: GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH.
   */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * An HTTP proxy, `http://[user:password@]host[:port]`, that opens the way to every endpoint by CONNECT. Names are looked up by
   * the proxy, so that a DNS name is one endpoint. `environment`: the first of `grpc_proxy`, `https_proxy` and `http_proxy`, unless
   * `no_grpc_proxy` or else `no_proxy` names the target, as grpc-js reads them. Acts on each connection, Unix sockets apart;
   * `connectTimeoutMs` holds for all of it. Default: connections are direct, whatever the environment says. gRPC: GRPC_ARG_HTTP_PROXY.
   */
  readonly proxy?: string | undefined;
  /**
   * How request messages are sent: `identity`, as they are, or `gzip`. A server that does not know gzip ends the call with
   * `unimplemented`. Compressing takes CPU of this process. Responses in gzip are read in any case. Default `identity`. gRPC:
   * GRPC_COMPRESSION_CHANNEL_DEFAULT_ALGORITHM.
   */
  readonly compression?: Compression | undefined;
  /**
   * Calls that may wait at once, for an endpoint or for room on a connection. One more ends the least important waiting call,
   * and of equal ones the oldest, with `unavailable` (`CallOptions.priority`). Default 10,000; 0 to 1,000,000.
   */
  readonly maxWaitingCalls?: number | undefined;
  /**
   * Messages and metadata that waiting calls may hold together, in bytes. A call above it gets `unavailable` unless less important
   * calls end for it, and one that streams waits with its next message. A call that waits alone may hold more. Default 16 MiB; 0 to 1 GiB.
   */
  readonly maxWaitingBytes?: number | undefined;
  /**
   * Longest wait while no endpoint is ready of a call that is not wait-for-ready, in ms. Default 3,000; 0 to 60,000.
   * While one is ready and has no room (MAX_CONCURRENT_STREAMS), only the call's own deadline ends its wait.
   */
  readonly maxWaitMs?: number | undefined;
  /**
   * How an endpoint is chosen for each call. `default`: the one with the lowest cost, which is made of calls in flight, response
   * times, failures and zone; above 64 endpoints the cheapest of five at random. `two-choices`: the cheaper of two at random.
   * `round_robin`: in turn, whatever they cost. Ejection and the circuit breaker work with each of them. Default `default`.
   * gRPC: the service config's `loadBalancingConfig`.
   */
  readonly balancing?: BalancingPolicy | undefined;
  /**
   * How long the share of a new endpoint grows from a tenth to its whole, in ms. Acts on an endpoint that joins others, or returns
   * after an ejection, while at most a third of them is new. Default 30,000; 0 (off) to 600,000. Envoy: `slow_start_window`.
   */
  readonly slowStartMs?: number | undefined;
  /**
   * Ejection of endpoints that fail more than the others: they get no calls for a time, then one as a probe. Acts from two endpoints
   * on, or from one where a later tier exists. `false`: never. Default true, with the defaults of its options. gRPC: gRFC A50,
   * `outlier_detection`.
   */
  readonly outlierDetection?: boolean | OutlierDetectionOptions | undefined;
  /**
   * A circuit breaker for each endpoint: it opens while the endpoint keeps failing, whatever the others do, and lets no calls through;
   * when all are open, calls fail with `unavailable` at once. There is none for a service as a whole. Default false.
   */
  readonly circuitBreaker?: boolean | CircuitBreakerOptions | undefined;
  /**
   * Follows what each server says of the health of this service (grpc.health.v1 `Watch`, one stream on the connection of each
   * endpoint). An endpoint is ready once its server says SERVING, and not while it says anything else or the stream is broken, which
   * is opened again with backoff; its connection and the calls on it stay. A server without a health service counts as serving, and so
   * does one that admits a single stream. Empty text: the server as a whole. Default: not followed; servers that stop send GOAWAY, and
   * failures eject. gRPC: `healthCheckConfig.serviceName` (gRFC A17).
   */
  readonly healthService?: string | undefined;
  /**
   * Bounds the calls in flight on an endpoint whose server pushes back (`grpc-retry-pushback-ms`): at first to 0.7 of them, then one
   * more for as many successes as the bound, until a minute has passed without pushback. Calls above it go elsewhere, or wait. Default true.
   */
  readonly overloadLimit?: boolean | undefined;
  /**
   * How many endpoints of a tier the channel connects to, when it has more. Each client has its own part, endpoints of its zone
   * first; the next endpoint stands in for one that has not been usable for 10 s. Default 64; 12 to 100,000, or Infinity for all.
   */
  readonly subsetSize?: number | undefined;
  /**
   * Most connections to one endpoint at the same time. The next one is made when the streams that the server admits
   * (MAX_CONCURRENT_STREAMS) are used up to 90 %; it is closed when it has been idle for `idleVerifyMs`. Default 4; 1 to 16.
   */
  readonly maxConnectionsPerEndpoint?: number | undefined;
  /** Connections to each address of a load balancer, which pins each of them to one task. Default 2; 1 to 4. */
  readonly loadBalancerConnections?: number | undefined;
  /**
   * Shortest time between two refreshes of DNS, however short the TTL, in ms. Default 5,000, because a fleet of clients
   * that asked more often would load its name server; 100 to 60,000. Above 5,000 it also slows down the questions to Cloud
   * Map's API, which come every five seconds.
   */
  readonly minRefreshMs?: number | undefined;
  /**
   * The path of a file that keeps the discovered endpoints for the next process of the same target; each target needs a file of its
   * own. It is read when the first resolution fails or takes longer than a second, if it is at most 24 hours old, and replaced by
   * rename at most every 10 s, with mode 0600. A file that another user may write, or that is malformed, is ignored: event
   * `endpoint-file-ignored`. Default: the variable `{P}_LAST_KNOWN_GOOD_FILE` of the target, otherwise no file.
   */
  readonly lastKnownGoodFile?: string | undefined;
  /** The client's availability zone. Default: the zone in ECS task metadata; outside ECS none. */
  readonly zone?: string | undefined;
  /** For tests and simulations: time. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** For tests and simulations: random numbers. Default: the system's. */
  readonly random?: Random | undefined;
  /**
   * The HTTP/2 under the channel. `own`: that of this package, on sockets. `node:http2`: Node's, which takes several times the CPU. Both
   * keep to one contract. Acts on every connection. Default `own`.
   */
  readonly transport?: TransportKind | undefined;
  /**
   * Makes the channel's transport, from the options that are about connections, in place of the one that `transport` names. Default:
   * that one.
   */
  readonly createTransport?: CreateTransport | undefined;
  /** For tests and simulations: resolvers, a tier each, in place of the target's; at least one. Default: those that the target names. */
  readonly resolvers?: readonly Resolver[] | undefined;
}

export type ResolvedChannelOptions = {
  readonly [K in Exclude<
    keyof ChannelOptions,
    | "zone"
    | "healthService"
    | "lastKnownGoodFile"
    | "authority"
    | "resolvers"
    | "proxy"
    | "createTransport"
    | "tls"
    | "idempotentMethods"
    | "outlierDetection"
    | "circuitBreaker"
  >]-?: Exclude<ChannelOptions[K], undefined>;
} & {
  readonly tls: TlsOptions | undefined;
  readonly lastKnownGoodFile: string | undefined;
  readonly zone: string | undefined;
  readonly healthService: string | undefined;
  readonly authority: string | undefined;
  readonly resolvers: readonly Resolver[] | undefined;
  readonly proxy: HttpProxy | "environment" | undefined;
  readonly createTransport: CreateTransport | undefined;
  readonly idempotentMethods: ReadonlySet<string>;
  readonly outlierDetection: Resolved<OutlierDetectionOptions> | undefined;
  readonly circuitBreaker: Resolved<CircuitBreakerOptions> | undefined;
};

/**
 * What an authority may consist of: RFC 3986 3.2 without user information, which RFC 9113 8.3.1 forbids. node:http2 sends
 * a line break in `:authority` as it is.
 */
const AUTHORITY = /^[\w.~!$&'()*+,;=:%[\]-]+$/;

/** @throws ChannelError `invalid_argument`, naming the field, what is expected and what was given. */
export function resolveChannelOptions(options: ChannelOptions): ResolvedChannelOptions {
  return {
    tls: tlsOf(options.tls),
    authority: options.authority === undefined ? undefined : checkedAuthority("authority", options.authority),
    zone: textOf(options, "zone"),
    healthService: textOf(options, "healthService"),
    lastKnownGoodFile: filledTextOf(options, "lastKnownGoodFile"),
    resolvers: resolversOf(options.resolvers),
    proxy: options.proxy === undefined || options.proxy === "environment" ? options.proxy : parseProxy(options.proxy),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    transport: oneOf("transport", options.transport ?? "own", TRANSPORTS),
    createTransport: options.createTransport,
    connectTimeoutMs: within(options, "connectTimeoutMs", 3_000, 100, 60_000),
    idleVerifyMs: withinOrNever(options, "idleVerifyMs", 60_000, 1_000, 86_400_000),
    firstBytePingMs: withinOrNever(options, "firstBytePingMs", 500, 100, 3_600_000),
    keepaliveTimeMs: withinOrNever(options, "keepaliveTimeMs", 5_000, 1_000, 86_400_000),
    keepaliveTimeoutMs: within(options, "keepaliveTimeoutMs", 4_000, 100, 60_000),
    maxPingsWithoutData: wholeWithin(options, "maxPingsWithoutData", 2, 0, 1_000_000),
    failoverMs: within(options, "failoverMs", 1_000, 0, 60_000),
    failbackMs: within(options, "failbackMs", 5_000, 0, 60_000),
    unaryTimeoutMs: within(options, "unaryTimeoutMs", 60_000, 1, Number.POSITIVE_INFINITY),
    firstByteTimeoutMs: within(options, "firstByteTimeoutMs", 60_000, 1, Number.POSITIVE_INFINITY),
    idleTimeoutMs: within(options, "idleTimeoutMs", Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY),
    maxAttempts: wholeWithin(options, "maxAttempts", 3, 1, 10),
    idempotentMethods: pathsOf(options, "idempotentMethods"),
    hedging: flagOf(options, "hedging"),
    pushbackBeforeHandler: flagOf(options, "pushbackBeforeHandler"),
    maxReceiveMessageBytes: wholeWithin(options, "maxReceiveMessageBytes", 4 << 20, 1, 1 << 30),
    compression: oneOf("compression", options.compression ?? "identity", COMPRESSIONS),
    maxWaitingCalls: wholeWithin(options, "maxWaitingCalls", 10_000, 0, 1_000_000),
    maxWaitingBytes: wholeWithin(options, "maxWaitingBytes", 16 << 20, 0, 1 << 30),
    maxWaitMs: within(options, "maxWaitMs", 3_000, 0, 60_000),
    balancing: oneOf("balancing", options.balancing ?? "default", BALANCING_POLICIES),
    slowStartMs: within(options, "slowStartMs", 30_000, 0, 600_000),
    outlierDetection: resolveOutlierDetection(options.outlierDetection ?? true),
    circuitBreaker: resolveCircuitBreaker(options.circuitBreaker ?? false),
    overloadLimit: flagOf(options, "overloadLimit", true),
    subsetSize: withinOrNever(options, "subsetSize", 64, 12, 100_000),
    maxConnectionsPerEndpoint: wholeWithin(options, "maxConnectionsPerEndpoint", 4, 1, 16),
    loadBalancerConnections: wholeWithin(options, "loadBalancerConnections", 2, 1, 4),
    minRefreshMs: within(options, "minRefreshMs", 5_000, 100, 60_000),
  };
}

/** `value`, if it can be an `:authority`. @throws ChannelError `invalid_argument`, naming it `name`. */
export function checkedAuthority(name: string, value: string): string {
  if (typeof value === "string" && AUTHORITY.test(value)) return value;
  throw invalidArgument(name, "host or host:port, which requests carry as :authority", value);
}

function resolversOf(resolvers: ChannelOptions["resolvers"]): ChannelOptions["resolvers"] {
  if (resolvers === undefined || (Array.isArray(resolvers) && resolvers.length > 0)) return resolvers;
  throw invalidArgument("resolvers", "a list of at least one resolver", resolvers);
}

function tlsOf(tls: ChannelOptions["tls"]): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  if (tls === null || typeof tls !== "object") throw invalidArgument("tls", "true, false or options of TLS", tls);
  if (tls.serverName !== undefined) checkedAuthority("tls.serverName", tls.serverName);
  return tls;
}

function filledTextOf(options: ChannelOptions, name: "lastKnownGoodFile"): string | undefined {
  const value = textOf(options, name);
  if (value !== "") return value;
  throw invalidArgument(name, "the path of a file", value);
}

function textOf(options: ChannelOptions, name: "zone" | "healthService" | "lastKnownGoodFile"): string | undefined {
  const value = options[name];
  if (value === undefined || typeof value === "string") return value;
  throw invalidArgument(name, "text", value);
}

function flagOf(
  options: ChannelOptions,
  name: "pushbackBeforeHandler" | "hedging" | "overloadLimit",
  fallback = false,
): boolean {
  const value = options[name] ?? fallback;
  if (typeof value === "boolean") return value;
  throw invalidArgument(name, "true or false", value);
}

function pathsOf(options: ChannelOptions, name: "idempotentMethods"): ReadonlySet<string> {
  const value = options[name] ?? [];
  if (typeof value !== "object" || !(Symbol.iterator in value)) throw invalidArgument(name, "a list of paths", value);
  const paths = new Set(value);
  for (const path of paths) checkPath(name, path);
  return paths;
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw invalidArgument(name, `one of ${allowed.join(", ")}`, value);
}

type NumericOption = {
  [K in keyof ChannelOptions]-?: ChannelOptions[K] extends number | undefined ? K : never;
}[keyof ChannelOptions];

function within(options: ChannelOptions, name: NumericOption, fallback: number, min: number, max: number): number {
  return numberWithin(name, options[name] ?? fallback, min, max);
}

/** For intervals that may be switched off by Infinity. */
function withinOrNever(
  options: ChannelOptions,
  name: NumericOption,
  fallback: number,
  min: number,
  max: number,
): number {
  if (options[name] === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  const value = options[name] ?? fallback;
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalidArgument(name, `${min} to ${max}, or Infinity`, value);
}

/** For options that count something. */
function wholeWithin(options: ChannelOptions, name: NumericOption, fallback: number, min: number, max: number): number {
  return wholeNumberWithin(name, options[name] ?? fallback, min, max);
}
