/**
 * The channel as a Connect `Transport`: clients of Connect-ES keep their types, interceptors, headers and errors, and use the
 * channel's discovery, balancing and retries.
 *
 * Without interceptors a call costs no `Headers`, no `AbortController` and one promise. Headers of a response are made when
 * the caller reads them.
 */

import type { Interceptor, Transport } from "@connectrpc/connect";
import { checkPriority, checkTimeout } from "../call-arguments.ts";
import type { CallPriority } from "../call-priority.ts";
import type { Channel } from "../client-channel.ts";
import { withInterceptors } from "./connect-interceptors.ts";
import type { ResumableMethod } from "./connect-resume.ts";
import { callStream } from "./connect-stream.ts";
import { callUnary } from "./connect-unary.ts";

export { cancelOnLeave } from "./connect-leave.ts";
export { type ResumableMethod, type ResumeTrait, resumable } from "./connect-resume.ts";
export { isMaybeProcessed } from "./maybe-processed.ts";

/** Options of a Connect transport over a channel. */
export interface ConnectTransportOptions {
  /** As in Connect: the first one sees a request first and its response last. Default none. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Total time of calls that state no `timeoutMs`, in ms, streams included. Default: the channel's (unary 60,000, streams none). */
  readonly defaultTimeoutMs?: number | undefined;
  /** Calls wait for an endpoint until their deadline, however many fail meanwhile. Default false. gRPC: wait-for-ready. */
  readonly waitForReady?: boolean | undefined;
  /** How important the calls of this transport are when too many wait: see `CallOptions.priority`. Default `normal`. */
  readonly priority?: CallPriority | undefined;
  /**
   * Methods whose streams go on after their server is lost, each made by `resumable`. The caller of such a method sees one stream
   * without a gap. Default none.
   */
  readonly resumable?: readonly ResumableMethod[] | undefined;
  /**
   * Calls that a handler of `serve()` makes end no later than the call that it answers, and with it when that is cancelled. Default
   * true. Set it to false for calls that must not be cut off, such as those to a store.
   */
  readonly inheritsInbound?: boolean | undefined;
}

/**
 * Calls through `channel`, which stays the caller's to close.
 * @throws ChannelError `invalid_argument` for a default timeout that cannot be one, or an unknown priority.
 */
export function createConnectTransport(channel: Channel, options: ConnectTransportOptions = {}): Transport {
  const { interceptors = [], defaultTimeoutMs, waitForReady, inheritsInbound, priority } = options;
  if (defaultTimeoutMs !== undefined) checkTimeout("defaultTimeoutMs", defaultTimeoutMs);
  if (priority !== undefined) checkPriority(priority);
  const resumptions = new Map(options.resumable?.map((each) => [each.method, each]));
  // As in Connect, a call's timeout of 0 or less takes the default off.
  const timeoutOf = (timeoutMs: number | undefined): number | undefined =>
    timeoutMs === undefined ? defaultTimeoutMs : timeoutMs <= 0 ? Number.POSITIVE_INFINITY : timeoutMs;
  const isPlain = waitForReady !== true && inheritsInbound !== false && priority === undefined;
  const caller = isPlain ? channel : withDefaults(channel, options);
  const transport: Transport = {
    unary: (method, signal, timeoutMs, header, input) =>
      callUnary(caller, method, signal, timeoutOf(timeoutMs), header, input),
    stream: (method, signal, timeoutMs, header, input) =>
      callStream(caller, method, signal, timeoutOf(timeoutMs), header, input, resumptions.get(method)?.begin()),
  };
  return interceptors.length === 0 ? transport : withInterceptors(transport, interceptors, channel.target.name);
}

/** `channel` with these options for each call. */
function withDefaults(
  channel: Channel,
  { waitForReady, inheritsInbound, priority }: ConnectTransportOptions,
): Pick<Channel, "call"> {
  return {
    call: (method, options, sink) =>
      channel.call(method, { ...options, waitForReady, inheritsInbound, priority }, sink),
  };
}
