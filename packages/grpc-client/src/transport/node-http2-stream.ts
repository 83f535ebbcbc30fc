/**
 * One gRPC stream on a `node:http2` stream. Its handlers are functions of the module that find their stream by a
 * symbol, so that a call costs no closures; node:http2's own stream is the expensive part.
 */

import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { Clock } from "@agent-team/foundation/clock";
import { isCompressed } from "../compression.ts";
import { ResetCode } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import { frameMessage } from "./message-reader.ts";
import { Response, type ResponseStream, resetEnd } from "./response.ts";
import { readHead, statusOf } from "./response-headers.ts";

/** RFC 9113 6.2. */
const END_STREAM = 0x1;
const OWNER: unique symbol = Symbol("NodeHttp2Stream");
type Owned = ClientHttp2Stream & { [OWNER]: NodeHttp2Stream };

/** What a stream needs from its connection. */
export interface StreamOwner {
  readonly maxReceiveMessageBytes: number;
  /** What this side announced as SETTINGS_MAX_HEADER_LIST_SIZE. */
  readonly maxResponseHeaderBytes: number;
  readonly clock: Clock;
  /** See `Connection.responses`. */
  responses: number;
  /** Called by each stream once, when nothing more can happen on it. */
  streamDidClose(stream: Stream): void;
  /**
   * How a stream that closed without a status ended, if the connection is the reason; else undefined. `cause`: the
   * stream's own error, which node:http2 gives to streams before it gives it to their connection.
   */
  lossOf(streamId: number | undefined, cause: Error | undefined): StreamEnd | undefined;
}

export class NodeHttp2Stream implements Stream, ResponseStream {
  readonly #connection: StreamOwner;
  readonly #h2: ClientHttp2Stream;
  readonly #sink: StreamSink;
  readonly #response: Response;
  /** Whether `grpc-encoding` was sent: messages may be compressed. */
  readonly #compresses: boolean;
  #error: Error | undefined;
  #awaitsDrain = false;

  constructor(connection: StreamOwner, h2: ClientHttp2Stream, sink: StreamSink, compresses: boolean) {
    this.#connection = connection;
    this.#h2 = h2;
    this.#sink = sink;
    this.#compresses = compresses;
    this.#response = new Response(sink, connection.maxReceiveMessageBytes);
    (h2 as Owned)[OWNER] = this;
    h2.on("response", onResponse);
    h2.on("data", onData);
    h2.on("trailers", onTrailers);
    h2.on("end", onReadEnd);
    h2.on("close", onClose);
    h2.on("error", onError);
  }

  sendMessage(message: Uint8Array, last: boolean): boolean {
    if (this.#response.isSettled || this.#h2.destroyed) return true;
    const framed = frameMessage(message, this.#compresses && isCompressed(message));
    if (last) {
      this.#h2.end(framed);
      return true;
    }
    const hasRoom = this.#h2.write(framed);
    if (!hasRoom && !this.#awaitsDrain) {
      this.#awaitsDrain = true;
      this.#h2.once("drain", onDrain);
    }
    return hasRoom;
  }

  halfClose(): void {
    if (!this.#response.isSettled) this.#h2.end();
  }

  cancel(): void {
    if (this.#response.isSettled) return;
    this.#response.stop();
    this.#h2.close(ResetCode.cancel);
  }

  pause(): void {
    this.#h2.pause();
  }

  resume(): void {
    this.#h2.resume();
  }

  didRespond(last: boolean, rawHeaders: readonly string[]): void {
    this.#connection.responses++;
    if (this.#response.isSettled) return;
    this.#response.didReceiveHeaders(readHead(rawHeaders), last);
    if (!last) this.#response.limitForeignAnswer(this.#connection.clock, this);
  }

  didReceive(chunk: Buffer): void {
    this.#connection.responses++;
    if (this.#response.isSettled) return;
    const end = this.#response.didReceiveData(chunk, 0, chunk.length);
    if (end !== undefined) this.giveUp(end);
  }

  didReceiveTrailers(rawHeaders: readonly string[]): void {
    this.#connection.responses++;
    this.#response.didReceiveTrailers(statusOf(rawHeaders));
  }

  didReadAll(): void {
    // A stream that is closed before its end was reset, or lost with its connection: "close" follows and knows which.
    // Only behind a reader that was paused may a stream close before its end is read; then its status is there.
    if (this.#response.isSettled || (this.#h2.closed && !this.#response.hasStatus)) return;
    this.#response.settle(this.#response.didEnd());
    // The server has ended before we have: RFC 9113 8.1 lets it, and then our half is closed for it.
    if (!this.#h2.writableEnded) this.#h2.close(ResetCode.noError);
  }

  didDrain(): void {
    this.#awaitsDrain = false;
    if (!this.#response.isSettled) this.#sink.onDrain();
  }

  didFail(error: Error): void {
    this.#error = error;
  }

  didClose(): void {
    this.#connection.streamDidClose(this);
    if (this.#response.isSettled) return;
    const loss = this.#connection.lossOf(this.#h2.id, this.#error);
    this.#response.settle(this.#response.foreignEnd ?? loss ?? this.#resetEnd(this.#h2.rstCode ?? ResetCode.noError));
  }

  giveUp(end: StreamEnd): void {
    this.#response.settle(end);
    this.#h2.close(ResetCode.cancel);
  }

  #resetEnd(resetCode: number): StreamEnd {
    return resetEnd(resetCode, this.#whoReset(resetCode));
  }

  /** node:http2 also resets a stream by itself, for a response that breaks HTTP/2, and does not show which side did. */
  #whoReset(resetCode: number): string {
    const code = `HTTP/2 error code ${resetCode}`;
    switch (resetCode) {
      case ResetCode.enhanceYourCalm:
        return `the stream was reset (${code}): the server limits its load, or sent more than ${this.#connection.maxResponseHeaderBytes} bytes of headers`;
      case ResetCode.protocolError:
      case ResetCode.flowControlError:
      case ResetCode.streamClosed:
        return `the stream was reset (${code}): by the server, or because its answer broke HTTP/2`;
      default:
        return `the server reset the stream (${code})`;
    }
  }
}

function onResponse(
  this: ClientHttp2Stream,
  _headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: readonly string[],
): void {
  (this as Owned)[OWNER].didRespond((flags & END_STREAM) !== 0, rawHeaders);
}

function onData(this: ClientHttp2Stream, chunk: Buffer): void {
  (this as Owned)[OWNER].didReceive(chunk);
}

function onTrailers(
  this: ClientHttp2Stream,
  _headers: IncomingHttpHeaders,
  _flags: number,
  rawHeaders: string[],
): void {
  (this as Owned)[OWNER].didReceiveTrailers(rawHeaders);
}

function onReadEnd(this: ClientHttp2Stream): void {
  (this as Owned)[OWNER].didReadAll();
}

function onDrain(this: ClientHttp2Stream): void {
  (this as Owned)[OWNER].didDrain();
}

function onClose(this: ClientHttp2Stream): void {
  (this as Owned)[OWNER].didClose();
}

/** Without this listener the error would end the process; "close" follows. */
function onError(this: ClientHttp2Stream, error: Error): void {
  (this as Owned)[OWNER].didFail(error);
}
