// For users.

// Open a channel, make calls on it, close it.
export type { BalancingPolicy } from "./balancing-policy.ts";
export { createChannel } from "./channel.ts";
export type { ChannelOptions, TransportKind } from "./channel-options.ts";
export type { Channel } from "./client-channel.ts";
export type { CircuitBreakerOptions, OutlierDetectionOptions } from "./health-options.ts";
export type { TlsOptions } from "./transport.ts";

// Say which service a channel calls and how its endpoints are found.
export type { Target, TierConfig } from "./target.ts";
export { targetFromEnvironment } from "./target-environment.ts";
export { parseTarget } from "./target-uri.ts";
export { tlsFromEnvironment } from "./tls-environment.ts";

// Watch a channel: its state at one moment, and its events.
export type { ChannelSnapshot, EndpointSnapshot, TierState } from "./channel-snapshot.ts";
export type { Connectivity } from "./connectivity.ts";
export type { Exclusion } from "./exclusions.ts";
export type { ChannelEvent, ChannelEventListener } from "./events.ts";
export type { Outcome, OutcomeClass, OutcomeKind } from "./outcome.ts";

// Understand the error of a call.
export { ChannelError, isChannelError } from "./errors.ts";
export { Status, type StatusCode, statusName } from "./status.ts";

// Begin work in a handler that outlives its call.
export { withoutInbound } from "./inbound.ts";

// Say how important a call is, and how its messages are sent.
export type { CallPriority } from "./call-priority.ts";
export type { Compression } from "./compression.ts";

// For extenders.

// Write an adapter for another client: calls in bytes, with their metadata.
export type { CallOptions, CallSink, ClientCall, Method } from "./client-call.ts";
export { decodeBinaries, decodeBinary, encodeBinary, Metadata } from "./metadata.ts";

// Write a transport: it opens connections, and streams on them.
export type { Stream, StreamEnd, StreamHead, StreamSink } from "./stream.ts";
export type {
  Connection,
  ConnectionListener,
  CreateTransport,
  Goaway,
  PeerSettings,
  TlsCredentials,
  Transport,
  TransportOptions,
} from "./transport.ts";

// Write a resolver: it publishes sets of endpoints.
export { type Endpoint, type EndpointKey, EndpointSet, endpointKey } from "./endpoint.ts";
export type { Resolver, ResolverListener } from "./resolver/resolver.ts";
