/**
 * The channel under stubs of grpc-js: generated clients, those of proto-loader and nice-grpc keep their types, interceptors,
 * metadata and errors, and use the channel's discovery, balancing and retries. Nothing of grpc-js is imported.
 */

import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { checkPriority, checkTimeout } from "../call-arguments.ts";
import type { CallPriority } from "../call-priority.ts";
import type { Channel } from "../client-channel.ts";
import { wholeNumberWithin } from "../option-values.ts";
import { AdaptedChannel } from "./grpc-js-channel.ts";
import { Methods } from "./grpc-js-methods.ts";
import type {
  AnyGrpcJsChannel,
  GrpcJsCallCredentials,
  GrpcJsChannel,
  GrpcJsServiceDefinition,
} from "./grpc-js-types.ts";

export type {
  AnyGrpcJsChannel,
  GrpcJsCall,
  GrpcJsCallCredentials,
  GrpcJsChannel,
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
  /** For tests: time. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * A channel for `channelOverride` of grpc-js's clients, and in place of a channel of nice-grpc. As in grpc-js the `close()` of a
 * stub closes it, and `channel` with it.
 *
 * Its type is the one that the place expects, `Type`, since nice-grpc asks for grpc-js's class.
 * @throws ChannelError `invalid_argument` for an option that cannot be right, with its name.
 */
export function createGrpcJsChannel<Type extends AnyGrpcJsChannel = GrpcJsChannel>(
  channel: Channel,
  options: GrpcJsChannelOptions = {},
): Type {
  const { services = [], defaultTimeoutMs = Infinity, waitForReady, priority, inheritsInbound } = options;
  const { callCredentials, maxSendMessageBytes = MAX_MESSAGE_BYTES, clock = systemClock } = options;
  checkTimeout("defaultTimeoutMs", defaultTimeoutMs);
  if (priority !== undefined) checkPriority(priority);
  wholeNumberWithin("maxSendMessageBytes", maxSendMessageBytes, 0, MAX_MESSAGE_BYTES);
  const credentials = callCredentials === undefined ? [] : [callCredentials];
  const methods = new Methods(services);
  const deps = { channel, clock, methods, credentials, maxSendMessageBytes, waitForReady, priority, inheritsInbound };
  const adapted: AnyGrpcJsChannel = new AdaptedChannel(deps, defaultTimeoutMs);
  return adapted as Type;
}
