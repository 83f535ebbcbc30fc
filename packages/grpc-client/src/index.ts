// For users: make a channel, look into it, understand its errors.

export { type Channel, createChannel } from "./channel.ts";
export type { ChannelOptions } from "./channel-options.ts";
export type { ChannelSnapshot, EndpointSnapshot, TierState } from "./channel-snapshot.ts";
export type { Connectivity } from "./connectivity.ts";
export { ChannelError, isChannelError } from "./errors.ts";
export type { ChannelEvent, ChannelEventListener } from "./events.ts";
export { decodeBinaries, decodeBinary, encodeBinary, Metadata } from "./metadata.ts";
export type { Outcome, OutcomeClass, OutcomeKind } from "./outcome.ts";
export { Status, type StatusCode, statusName } from "./status.ts";
export type { TlsOptions } from "./subchannel/transport.ts";
export type { Target, TierConfig } from "./target.ts";
export { targetFromEnvironment } from "./target-environment.ts";
export { parseTarget } from "./target-uri.ts";

// For extenders: adapters for other clients, and resolvers.

export type { CallOptions, CallSink, ClientCall, Method } from "./client-call.ts";
export { type Endpoint, type EndpointKey, EndpointSet, endpointKey } from "./endpoint.ts";
export type { Resolver, ResolverListener } from "./resolver/resolver.ts";
