/** A call as its caller sees it: bytes out, bytes in, one end. Adapters use these interfaces, and `call/` implements them. */

import type { CallPriority } from "./call-priority.ts";
import type { Compression } from "./compression.ts";
import type { ChannelError } from "./errors.ts";
import type { Metadata } from "./metadata.ts";

/** What the channel has to know about a method. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** At most one request message. */
  readonly unaryRequest: boolean;
  /** Exactly one response message: held back until the status is there, so that the caller gets all or nothing. */
  readonly unaryResponse: boolean;
  /** The method may run twice for one call (`idempotency_level` IDEMPOTENT or NO_SIDE_EFFECTS). */
  readonly idempotent: boolean;
}

/** Options of one call. */
export interface CallOptions {
  /** Sent with the request, as its headers. Default: none. */
  readonly metadata?: Metadata | undefined;
  /**
   * Time for the whole call with all its attempts, in ms. 0 to 2⁵³ − 1, or Infinity for no limit.
   * Default: Infinity for streams, `ChannelOptions.unaryTimeoutMs` for unary calls.
   * Servers learn at most 2,147,483 s (24 days) of it, which is what every implementation can read.
   */
  readonly timeoutMs?: number | undefined;
  /** As `ChannelOptions.firstByteTimeoutMs`, for this call. Default: the channel's. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** As `ChannelOptions.idleTimeoutMs`, for this call. Default: the channel's. */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How important the call is when more calls wait than the channel allows: the least important ones end, and of these the oldest.
   * `low`, `normal`, `high` or `critical`; a repeated attempt counts one less. Default `normal`.
   */
  readonly priority?: CallPriority | undefined;
  /**
   * Makes a stream of responses go on after its server is lost. It gets the last message that the sink has received, and returns the
   * request for what follows it; "ended" when nothing follows, so that the call has succeeded; undefined when the stream cannot go on.
   * It is asked when an attempt breaks, ends with UNAVAILABLE, or ends with OK. The next attempt is on another endpoint where there
   * is one, and all of them have the call's deadline together. For methods with one request message. Default: none.
   */
  readonly resume?: ((last: Uint8Array) => Uint8Array | "ended" | undefined) | undefined;
  /**
   * Whether the call is part of the gRPC call that this process is answering, if it is made by a handler of `serve()`: then it ends
   * no later than that one's deadline, ends when that one is cancelled, and is not repeated while that one is a repetition. Default true.
   */
  readonly inheritsInbound?: boolean | undefined;
  /** Wait for an endpoint until the deadline, however many fail meanwhile. Default false. gRPC: wait-for-ready. */
  readonly waitForReady?: boolean | undefined;
  /** As `ChannelOptions.compression`, for this call. Default: the channel's. */
  readonly compression?: Compression | undefined;
}

/** Receives the events of a call: `onHeaders` at most once, `onMessage` for each message, and one `onEnd`, the last event. */
export interface CallSink {
  /** The headers of the response. At most once, before the first message. */
  onHeaders(metadata: Metadata): void;
  /** One message of the response. */
  onMessage(message: Uint8Array): void;
  /** `error` is undefined when the call succeeded. */
  onEnd(error: ChannelError | undefined, trailers: Metadata): void;
  /** `send` returned false before; from now on it takes messages again. */
  onDrain(): void;
}

/** A call that was made. After its end every method is a no-op. */
export interface ClientCall {
  /** `host:port` of the endpoint of the current attempt, or of the last one; undefined before the first. grpc-js: `getPeer`. */
  readonly peer: string | undefined;
  /** Begins. Nothing arrives at the sink before this; messages sent before it leave together with the headers. */
  start(): void;
  /**
   * Sends one message; `last` ends the sending side with it. False: wait for `onDrain` before the next.
   * `compress` is false for a message that a compressed call sends as it is. Default true. gRPC: GRPC_WRITE_NO_COMPRESS.
   * @throws ChannelError `invalid_argument` for a value that is not bytes, `internal` after the sending side has ended.
   */
  send(message: Uint8Array, last: boolean, compress?: boolean): boolean;
  /** Ends the sending side without a further message. */
  halfClose(): void;
  /** Ends the call now with `cancelled`, and its attempt with RST_STREAM. */
  cancel(reason?: string): void;
  /** Stops reading: the server is held back by flow control. A few messages that are already here may still come. */
  pause(): void;
  /** Reads again after `pause`. */
  resume(): void;
}
