/**
 * The channel under stubs of grpc-js: generated clients, those of proto-loader and nice-grpc keep their types, interceptors,
 * metadata and errors, and use the channel's discovery, balancing and retries. Nothing of grpc-js is imported.
 */

import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { checkPriority, checkTimeout } from "../call-arguments.ts";
import type { CallPriority } from "../call-priority.ts";
import type { Channel } from "../client-channel.ts";
import { invalidArgument } from "../errors.ts";
import { wholeNumberWithin } from "../option-values.ts";
import { namedProxy } from "../proxy.ts";
import type { TlsOptions } from "../transport.ts";
import { warnOnce } from "../warnings.ts";
import { AdaptedChannel } from "./grpc-js-channel.ts";
import { callCredentialsOf } from "./grpc-js-credentials.ts";
import { Methods } from "./grpc-js-methods.ts";
import { type OpenOptions, readGrpcOptions, wayTo } from "./grpc-js-options.ts";
import { healthServiceOf, ServiceConfig } from "./grpc-js-service-config.ts";
import type {
  AnyGrpcJsChannel,
  GrpcJsCallCredentials,
  GrpcJsChannel,
  GrpcJsChannelCredentials,
  GrpcJsServiceDefinition,
} from "./grpc-js-types.ts";

export type { OpenOptions } from "./grpc-js-options.ts";
export type {
  AnyGrpcJsChannel,
  GrpcJsCall,
  GrpcJsCallCredentials,
  GrpcJsChannel,
  GrpcJsChannelCredentials,
  GrpcJsDeadline,
  GrpcJsListener,
  GrpcJsMessageContext,
  GrpcJsMetadata,
  GrpcJsMetadataValue,
  GrpcJsMethodDefinition,
  GrpcJsParentCall,
  GrpcJsServiceDefinition,
  GrpcJsStatus,
} from "./grpc-js-types.ts";
export { isMaybeProcessed } from "./maybe-processed.ts";

/** gRPC over HTTP/2: the length of a message has four bytes. */
const MAX_MESSAGE_BYTES = 0xffff_ffff;

/** Options of a channel for stubs of grpc-js. */
export interface GrpcJsChannelOptions {
  /**
   * Definitions of the services that the stubs call: the static `service` of each client class. A stub gives a channel only paths.
   * With a definition the channel knows which methods answer with one message and which may run twice (`idempotency_level`): a
   * unary answer is then delivered whole or not at all, so that its call can be repeated until the end, and can be hedged.
   * Default none: idempotent methods are those of the channel's `idempotentMethods`.
   */
  readonly services?: readonly GrpcJsServiceDefinition[] | undefined;
  /** Total time of calls that state no deadline, in ms, streams included. Default Infinity, as in grpc-js; 0 or more. */
  readonly defaultTimeoutMs?: number | undefined;
  /** For calls whose metadata does not say: wait for an endpoint until the deadline, however many fail meanwhile. Default false. */
  readonly waitForReady?: boolean | undefined;
  /** How important the calls of this channel are when too many wait: see `CallOptions.priority`. Default `normal`. */
  readonly priority?: CallPriority | undefined;
  /**
   * Calls that a handler of `serve()` makes end no later than the call that it answers, and with it when that is cancelled. Default
   * true. Set it to false for calls that must not be cut off, such as those to a store.
   */
  readonly inheritsInbound?: boolean | undefined;
  /** Credentials that are asked for metadata at the start of each call, after the call's own. Default none. gRPC: composite channel credentials. */
  readonly callCredentials?: GrpcJsCallCredentials | undefined;
  /**
   * Largest message that is sent, in bytes; a larger one ends its call with `resource_exhausted`. Default 4,294,967,295; 0 or more.
   * gRPC: GRPC_ARG_MAX_SEND_MESSAGE_LENGTH.
   */
  readonly maxSendMessageBytes?: number | undefined;
  /**
   * A service config of gRPC as JSON. `timeout` and `waitForReady` of its methods act, under a call's own deadline and metadata.
   * A factory's channels follow its `healthCheckConfig`; a channel that is open already has `healthService` for that. Balancing, retries and
   * hedging are options of the channel. Default none. gRPC: GRPC_ARG_SERVICE_CONFIG.
   */
  readonly serviceConfig?: string | undefined;
  /** For tests: time. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Options of a function for `channelFactoryOverride`. */
export interface GrpcJsFactoryOptions extends GrpcJsChannelOptions {
  /**
   * TLS of the channels that are opened. Expected with the secure credentials of grpc-js, which do not show their certificates.
   * Default: plaintext, with insecure credentials. gRPC: channel credentials.
   */
  readonly tls?: boolean | TlsOptions | undefined;
}

/** Opens a channel: `createChannel`, or a function that calls it with further options. */
export type OpenChannel = (target: string, options: OpenOptions) => Channel;

/** What `channelFactoryOverride` takes. */
export type GrpcJsChannelFactory = (
  address: string,
  credentials: GrpcJsChannelCredentials,
  options: Readonly<Record<string, unknown>>,
) => GrpcJsChannel;

/**
 * A channel for `channelOverride` of grpc-js's clients, and in place of a channel of nice-grpc. As in grpc-js the `close()` of a
 * stub closes it, and `channel` with it.
 *
 * Its type is the one that the place expects, `Type`, since nice-grpc asks for grpc-js's class. An optional property expects
 * `undefined` too, which TypeScript 5 infers and does not leave out by itself.
 * @throws ChannelError `invalid_argument` for an option that cannot be right, with its name.
 */
export function createGrpcJsChannel<Type extends AnyGrpcJsChannel | undefined = GrpcJsChannel>(
  channel: Channel,
  options: GrpcJsChannelOptions = {},
): NonNullable<Type> {
  sayWithoutProxy(channel);
  const adapted: AnyGrpcJsChannel = prepare(options, [])(channel);
  return adapted as NonNullable<Type>;
}

/**
 * For `channelFactoryOverride`: each client gets a channel to its address, and its `grpc.*` options act as docs/guides/grpc-js.md says.
 * Errors of an address, of credentials or of an option are thrown where the client is made.
 * @throws ChannelError `invalid_argument` for an option that cannot be right, with its name.
 */
export function createGrpcJsChannelFactory(
  open: OpenChannel,
  options: GrpcJsFactoryOptions = {},
): GrpcJsChannelFactory {
  const { tls = false, ...own } = options;
  prepare(own, []); // an option that cannot be right is an error here, not at the first client
  const ownHealthService = own.serviceConfig === undefined ? undefined : healthServiceOf(own.serviceConfig);
  return (address, credentials, clientOptions) => {
    const settings = readGrpcOptions(clientOptions, (name) => warnOnce(`the channel option ${name} has no effect`));
    const { channel: channelOptions, serverName } = settings;
    const { maxSendMessageBytes = own.maxSendMessageBytes, serviceConfig = own.serviceConfig } = settings;
    if (settings.serviceConfig === undefined && ownHealthService !== undefined)
      channelOptions.healthService = ownHealthService;
    const ofChannel = callCredentialsOf(credentials);
    const adapt = prepare({ ...own, maxSendMessageBytes, serviceConfig }, ofChannel === undefined ? [] : [ofChannel]);
    const { target, proxy } = wayTo(address, settings);
    return adapt(open(target, { ...channelOptions, proxy, tls: tlsFor(credentials, tls, serverName) }));
  };
}

/** Checks the options, and returns what makes the channel. */
function prepare(
  options: GrpcJsChannelOptions,
  furtherCredentials: readonly GrpcJsCallCredentials[],
): (channel: Channel) => AdaptedChannel {
  const { services = [], defaultTimeoutMs = Infinity, waitForReady, priority, inheritsInbound } = options;
  const { callCredentials, maxSendMessageBytes = MAX_MESSAGE_BYTES, clock = systemClock, serviceConfig } = options;
  checkTimeout("defaultTimeoutMs", defaultTimeoutMs);
  if (priority !== undefined) checkPriority(priority);
  wholeNumberWithin("maxSendMessageBytes", maxSendMessageBytes, 0, MAX_MESSAGE_BYTES);
  const credentials = callCredentials === undefined ? furtherCredentials : [callCredentials, ...furtherCredentials];
  const methods = new Methods(services);
  const config = serviceConfig === undefined ? ServiceConfig.none : ServiceConfig.parse(serviceConfig);
  const ofCalls = { clock, methods, config, credentials, maxSendMessageBytes, waitForReady, priority, inheritsInbound };
  return (channel) => new AdaptedChannel({ channel, ...ofCalls }, defaultTimeoutMs);
}

/** grpc-js would connect through the proxy that the environment names. */
function sayWithoutProxy(channel: Channel): void {
  const { name } = channel.target;
  const variable = channel.snapshot().proxy === undefined ? namedProxy(name, process.env) : undefined;
  if (variable === undefined) return;
  warnOnce(
    `${variable} names a proxy, and the channel to ${name} connects without it: open it with the option proxy: "environment", or list the target in no_grpc_proxy`,
  );
}

function tlsFor(
  credentials: GrpcJsChannelCredentials,
  tls: boolean | TlsOptions,
  serverName: string | undefined,
): TlsOptions | undefined {
  const isSecure = credentials._isSecure();
  if (isSecure === (tls !== false)) {
    if (tls === false) return undefined;
    const ofTls = tls === true ? {} : tls;
    return serverName === undefined ? ofTls : { ...ofTls, serverName };
  }
  const expected = isSecure
    ? 'insecure ones, or the option "tls" beside them: secure ones do not show their certificates'
    : 'secure ones, since the option "tls" is given';
  throw invalidArgument("credentials", expected, isSecure ? "secure credentials" : "insecure credentials");
}
