/**
 * The contract between a call and the connection that carries it: one gRPC stream, in bytes.
 * `call/` sends through it and `transport/` implements it; neither imports the other.
 */

import type { Method } from "./client-call.ts";
import type { Compression } from "./compression.ts";
import type { Metadata } from "./metadata.ts";
import type { StatusCode } from "./status.ts";

/** What opens a stream. */
export interface StreamHead {
  readonly method: Method;
  readonly metadata: Metadata;
  /** The time until the deadline, in ms, or Infinity: becomes `grpc-timeout`. */
  readonly timeoutMs: number;
  /** Attempts before this one: becomes `grpc-previous-rpc-attempts` when above 0 (gRFC A6). */
  readonly previousAttempts: number;
  /** Becomes `grpc-encoding`, and lets messages of `compressed` be sent. Default `identity`. */
  readonly compression?: Compression | undefined;
  /** It carries no call: it does not keep the process running, and the peer owes no answer on it. Default false. */
  readonly isBackground?: boolean | undefined;
}

/** How a stream ended. */
export interface StreamEnd {
  readonly code: StatusCode;
  readonly message: string;
  /**
   * Trailers, or the headers of a Trailers-Only answer; with `httpStatus` the headers of that answer.
   * Empty when the stream ended without either.
   */
  readonly trailers: Metadata;
  /** `server`: it sent `grpc-status`. `transport`: the connection or stream broke. `local`: this side gave up. */
  readonly origin: "server" | "transport" | "local";
  /** What a server that sent no status may have done. Without meaning when `origin` is `server`. */
  readonly processing: "not-sent" | "refused" | "maybe-processed";
  /** The HTTP status from which `code` was made, of an answer that was not gRPC. */
  readonly httpStatus?: number | undefined;
}

/** Receives what the peer sends: `onHeaders` at most once, then `onMessage` for each message, then one `onEnd`, the last event. */
export interface StreamSink {
  /** The response headers. Not called for a Trailers-Only answer. */
  onHeaders(metadata: Metadata): void;
  /** One message without its prefix. The bytes belong to the receiver. */
  onMessage(message: Uint8Array): void;
  /** The stream has ended, and for what reason. */
  onEnd(end: StreamEnd): void;
  /** `sendMessage` returned false before; from now on it takes messages again. */
  onDrain(): void;
}

/** One open stream. After its end every method is a no-op. */
export interface Stream {
  /** Sends one message; `last` also ends the sending side. False: the buffers are full, wait for `onDrain` before more. */
  sendMessage(message: Uint8Array, last: boolean): boolean;
  /** Ends the sending side. */
  halfClose(): void;
  /** RST_STREAM with CANCEL. The sink gets no further event. */
  cancel(): void;
  /** Stops reading, so that HTTP/2's flow control holds the server back. */
  pause(): void;
  /** Reads on. */
  resume(): void;
}
