/** A channel as its users see it: calls, events, a snapshot, an orderly end. `channel.ts` implements it. */

import type { ChannelSnapshot } from "./channel-snapshot.ts";
import type { CallOptions, CallSink, ClientCall, Method } from "./client-call.ts";
import type { Connectivity } from "./connectivity.ts";
import type { ChannelEventListener } from "./events.ts";
import type { Target } from "./target.ts";

/** Calls of one service, over the endpoints that discovery found. Use one channel for each service, and close it at the end. */
export interface Channel {
  readonly target: Target;
  /**
   * `ready` while an endpoint of the tier in use takes calls, `connecting` while one may still become ready,
   * `transient-failure` when every endpoint has failed, `shutdown` after `close`. It is never `idle`: a channel connects at
   * once. gRPC: the channel's connectivity state.
   */
  readonly connectivity: Connectivity;
  /**
   * Makes a call that speaks bytes. It does nothing until its `start`; messages sent before that leave together with the
   * request's headers. For typed calls see `@agent-team/grpc-client/connect`.
   *
   * @throws ChannelError `invalid_argument` for a method or an option that cannot be right, `resource_exhausted` for
   *   metadata that is too large; then there is no call, and the sink receives nothing.
   */
  call(method: Method, options: CallOptions, sink: CallSink): ClientCall;
  /** Calls `listener` after each change of `connectivity`. Returns the function that removes it. */
  watchConnectivity(listener: (connectivity: Connectivity) => void): () => void;
  /** Adds a listener for the channel's events. Returns the function that removes it. */
  on(listener: ChannelEventListener): () => void;
  /** The state of the channel now: tiers, endpoints, waiting calls, retry budget. A copy, for status pages and logs. */
  snapshot(): ChannelSnapshot;
  /**
   * Takes no more calls and resolves when the last connection is closed. Waiting calls get `unavailable`; calls in
   * flight may finish within `graceMs` (default 10,000; 0 or more, Infinity waits for all of them), after which their
   * connections are destroyed.
   */
  close(graceMs?: number): Promise<void>;
  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
