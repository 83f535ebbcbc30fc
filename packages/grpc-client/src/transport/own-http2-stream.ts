/** One gRPC stream on our own HTTP/2: the listener of one stream of `@agent-team/http2`. */

import type { Clock } from "@agent-team/foundation/clock";
import {
  ErrorCode,
  errorName,
  type HeaderField,
  type Http2Error,
  type Http2Stream,
  keep,
  type StreamAbort,
  type StreamListener,
} from "@agent-team/http2";
import { isCompressed } from "../compression.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import { MAX_HEADER_LIST_BYTES } from "./headers.ts";
import { PREFIX_BYTES, writePrefix } from "./message-reader.ts";
import type { BlockMemo } from "./own-http2-block-memo.ts";
import { broken, Response, type ResponseStream, resetEnd } from "./response.ts";
import type { ResponseHead } from "./response-headers.ts";

const NOTHING = new Uint8Array(0);

/** Of the message that is being sent. */
const PREFIX = Buffer.alloc(PREFIX_BYTES);

/** What a stream needs from its connection. */
export interface StreamOwner {
  readonly maxReceiveMessageBytes: number;
  readonly clock: Clock;
  readonly heads: BlockMemo<ResponseHead>;
  readonly trailers: BlockMemo<StreamEnd | undefined>;
  /** The end of a stream that the peer has not looked at. */
  refusal(): StreamEnd;
  /** The end of a stream whose connection has ended for this reason. */
  loss(reason: Error, isSent: boolean): StreamEnd;
}

export class OwnHttp2Stream implements Stream, StreamListener, ResponseStream {
  readonly #connection: StreamOwner;
  readonly #sink: StreamSink;
  readonly #response: Response;
  /** Whether `grpc-encoding` was sent: messages may be compressed. */
  readonly #compresses: boolean;
  #h2: Http2Stream | undefined;

  constructor(connection: StreamOwner, sink: StreamSink, compresses: boolean) {
    this.#connection = connection;
    this.#sink = sink;
    this.#compresses = compresses;
    this.#response = new Response(sink, connection.maxReceiveMessageBytes, keep);
  }

  /** The HTTP/2 stream that this one listens to. */
  attach(h2: Http2Stream): void {
    this.#h2 = h2;
  }

  get isClosed(): boolean {
    return this.#h2?.isClosed === true;
  }

  // --- Stream

  sendMessage(message: Uint8Array, last: boolean): boolean {
    if (this.#response.isSettled || this.#h2 === undefined) return true;
    writePrefix(PREFIX, message.length, this.#compresses && isCompressed(message));
    return this.#h2.sendPrefixed(PREFIX, message, last) || last;
  }

  halfClose(): void {
    if (!this.#response.isSettled) this.#h2?.send(NOTHING, true);
  }

  cancel(): void {
    if (this.#response.isSettled) return;
    this.#response.stop();
    this.#h2?.reset(ErrorCode.cancel);
  }

  pause(): void {
    this.#h2?.pause();
  }

  resume(): void {
    this.#h2?.resume();
  }

  // --- StreamListener

  onHeaders(fields: readonly HeaderField[], endStream: boolean): void {
    this.#response.didReceiveHeaders(this.#connection.heads.of(fields), endStream);
    if (!endStream) this.#response.limitForeignAnswer(this.#connection.clock, this);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    const broken = this.#response.didReceiveData(bytes, start, end);
    if (broken !== undefined) this.giveUp(broken);
  }

  onTrailers(fields: readonly HeaderField[]): void {
    this.#response.didReceiveTrailers(this.#connection.trailers.of(fields));
  }

  onEnd(): void {
    this.#response.settle(this.#response.didEnd());
    // The server has ended before we have: RFC 9113 8.1 lets it, and then our half is closed for it.
    if (this.#h2?.isClosed === false) this.#h2.reset(ErrorCode.noError);
  }

  onAbort(abort: StreamAbort): void {
    this.#response.settle(this.#response.foreignEnd ?? this.#endOf(abort));
  }

  onDrain(): void {
    if (!this.#response.isSettled) this.#sink.onDrain();
  }

  giveUp(end: StreamEnd): void {
    this.#response.settle(end);
    this.#h2?.reset(ErrorCode.cancel);
  }

  #endOf(abort: StreamAbort): StreamEnd {
    switch (abort.kind) {
      case "reset":
        return resetByServer(abort.errorCode);
      case "violation":
        return violationEnd(abort.error);
      case "refused":
        return this.#connection.refusal();
      case "lost":
        return this.#connection.loss(abort.reason, this.#h2?.isSent ?? false);
      default:
        return abort satisfies never;
    }
  }
}

function resetByServer(errorCode: number): StreamEnd {
  return resetEnd(errorCode, `the server reset the stream (HTTP/2 error code ${errorCode}, ${errorName(errorCode)})`);
}

function violationEnd(error: Http2Error): StreamEnd {
  if (error.code === ErrorCode.enhanceYourCalm)
    return broken(Status.resourceExhausted, `the server sent more than ${MAX_HEADER_LIST_BYTES} bytes of headers`);
  return broken(Status.internal, `its answer broke HTTP/2 (${error.message})`);
}
