/**
 * Translates the frames of one stream to gRPC. In: header blocks, data, the end of the stream. Out: headers and messages for the
 * sink, and the stream's end. It uses no HTTP/2 library, so that every transport gives the same results.
 *
 *   gRPC over HTTP/2: Response → (Response-Headers *Length-Prefixed-Message Trailers) / Trailers-Only
 *
 *             headers                       END_STREAM
 *   waiting ───────────► gRPC, messages ──────────────────► the status of the last header block, else UNKNOWN
 *      │    not gRPC's                      END_STREAM
 *      └───────────────► foreign, body ignored ───────────► the status of the last header block, else what
 *                                                           the HTTP status says
 *
 * Only a header block that ends the stream holds its status: anywhere else `grpc-status` means nothing.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { ChannelError } from "../errors.ts";
import { Metadata } from "../metadata.ts";
import { ResetCode, Status, type StatusCode, statusFromReset } from "../status.ts";
import type { StreamEnd, StreamSink } from "../stream.ts";
import { type KeepBytes, type MessageListener, MessageReader } from "./message-reader.ts";
import type { ResponseHead } from "./response-headers.ts";

/** How long an answer that is not gRPC may take to end, in ms: trailers come after its body, which may never end. */
const FOREIGN_ANSWER_MS = 1_000;

/** The body of an error page that is read in the hope of trailers behind it. A proxy's own page has a few hundred bytes. */
const MAX_FOREIGN_BODY_BYTES = 16_384;

/** The stream under a response. */
export interface ResponseStream {
  /** Ends with `end`, and resets the HTTP/2 stream: nothing better will come. */
  giveUp(end: StreamEnd): void;
}

export class Response implements MessageListener {
  readonly #sink: StreamSink;
  readonly #reader: MessageReader;
  /** The end, if the answer is not gRPC's and no status follows. */
  #foreign: StreamEnd | undefined;
  #foreignBytes = 0;
  /** What the last header block said, once it is there. */
  #status: StreamEnd | undefined;
  #foreignTimer: Timer | undefined;
  #isSettled = false;

  /** `keep`: see `MessageReader`. */
  constructor(sink: StreamSink, maxReceiveMessageBytes: number, keep?: KeepBytes) {
    this.#sink = sink;
    this.#reader = new MessageReader(maxReceiveMessageBytes, this, keep);
  }

  /** The end of an answer that is not gRPC's, as far as it is known by now. */
  get foreignEnd(): StreamEnd | undefined {
    return this.#foreign;
  }

  /** Whether the last header block is there, and with it the status. */
  get hasStatus(): boolean {
    return this.#status !== undefined;
  }

  /** The sink has got its end, or wants none. It gets nothing any more, not even the next message of the same chunk. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Its end for the sink, unless it has one. */
  settle(end: StreamEnd): void {
    if (this.#isSettled) return;
    this.stop();
    this.#sink.onEnd(end);
  }

  /** The sink wants no end. */
  stop(): void {
    this.#isSettled = true;
    this.#foreignTimer?.cancel();
  }

  /** The first header block that is not informational (1xx). `last`: it ends the stream. */
  didReceiveHeaders({ foreignEnd, encoding, metadata, status }: ResponseHead, last: boolean): void {
    this.#foreign = foreignEnd;
    if (last) this.#status = status;
    else if (foreignEnd === undefined) {
      this.#reader.encoding = encoding;
      this.#sink.onHeaders(metadata);
    }
  }

  /** Lets `stream` give up an answer that is not gRPC's and does not end. After headers that do not end the stream. */
  limitForeignAnswer(clock: Clock, stream: ResponseStream): void {
    const foreign = this.#foreign;
    // The sink may have cancelled.
    if (foreign === undefined || this.#isSettled) return;
    this.#foreignTimer = clock.setTimer(FOREIGN_ANSWER_MS, () => stream.giveUp(foreign));
  }

  /** What the trailers say. They always end the stream: RFC 9113 8.1. */
  didReceiveTrailers(status: StreamEnd | undefined): void {
    this.#status = status;
  }

  /** Reads DATA: `bytes` from `start` to `end`. Returns the end, if the stream is to be given up here. */
  didReceiveData(bytes: Buffer, start: number, end: number): StreamEnd | undefined {
    if (this.#foreign === undefined) {
      const error = this.#reader.push(bytes, start, end);
      return error === undefined ? undefined : failed(error);
    }
    this.#foreignBytes += end - start;
    return this.#foreignBytes > MAX_FOREIGN_BODY_BYTES ? this.#foreign : undefined;
  }

  onMessage(message: Uint8Array): void {
    if (!this.#isSettled) this.#sink.onMessage(message);
  }

  /** END_STREAM, and all data before it has been read. Returns the end. */
  didEnd(): StreamEnd {
    const status = this.#status;
    if (this.#foreign !== undefined) {
      // The status wins over HTTP's, but an OK cannot vouch for a body that was not read.
      return status === undefined || (status.code === Status.ok && this.#foreignBytes > 0) ? this.#foreign : status;
    }
    if (!this.#reader.atBoundary) return broken(Status.internal, "the stream ended within a message");
    return status ?? broken(Status.unknown, "the server ended the stream without grpc-status");
  }
}

/** This side refuses to read the response; the server may well have processed the call. */
function failed({ code, rawMessage }: ChannelError): StreamEnd {
  return broken(code, rawMessage);
}

/** The end of a stream without a status of the server. */
export function broken(
  code: StatusCode,
  message: string,
  processing: StreamEnd["processing"] = "maybe-processed",
): StreamEnd {
  return { code, message, trailers: Metadata.empty, origin: "transport", processing };
}

/** The end of a stream that was reset with an HTTP/2 error code. */
export function resetEnd(errorCode: number, message: string): StreamEnd {
  const processing = errorCode === ResetCode.refusedStream ? "refused" : "maybe-processed";
  return broken(statusFromReset(errorCode), message, processing);
}

/** The end of a stream that was not opened, because the peer would not take its headers. */
export function headersTooLarge(bytes: number, address: string, maxBytes: number): StreamEnd {
  const message = `request headers of ${bytes} bytes: ${address} takes at most ${maxBytes}`;
  return { ...broken(Status.resourceExhausted, message, "not-sent"), origin: "local" };
}
