/**
 * One gRPC stream on a `node:http2` stream. Its handlers are functions of the module that find their stream by a
 * symbol, so that a call costs no closures; node:http2's own stream is the expensive part.
 */

import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { ChannelError } from "../errors.ts";
import { Metadata } from "../metadata.ts";
import { ResetCode, Status, statusFromReset } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import { endOf, endOfForeign, metadataOf } from "./headers.ts";
import { frameMessage, MessageReader } from "./message-reader.ts";

const OWNER: unique symbol = Symbol("NodeHttp2Stream");
type Owned = ClientHttp2Stream & { [OWNER]: NodeHttp2Stream };

/** What a stream asks of its connection. */
export interface StreamOwner {
  readonly maxReceiveMessageBytes: number;
  /** Called by each stream once, when nothing more can happen on it. */
  streamDidClose(): void;
  /** Why a stream that closed without a status did so, or undefined when the connection has nothing to do with it. */
  lossOf(
    streamId: number | undefined,
  ): { readonly processing: StreamEnd["processing"]; readonly error: ChannelError } | undefined;
}

export class NodeHttp2Stream implements Stream {
  readonly #connection: StreamOwner;
  readonly #h2: ClientHttp2Stream;
  readonly #sink: StreamSink;
  readonly #reader: MessageReader;
  /** What the trailers (or a trailers-only answer) said; told to the sink once all data before it is delivered. */
  #end: StreamEnd | undefined;
  #readAll = false;
  #settled = false;
  #awaitsDrain = false;

  constructor(connection: StreamOwner, h2: ClientHttp2Stream, sink: StreamSink) {
    this.#connection = connection;
    this.#h2 = h2;
    this.#sink = sink;
    this.#reader = new MessageReader(connection.maxReceiveMessageBytes, (message) => {
      if (!this.#settled) sink.onMessage(message);
    });
    (h2 as Owned)[OWNER] = this;
    h2.on("response", onResponse);
    h2.on("data", onData);
    h2.on("trailers", onTrailers);
    h2.on("end", onReadEnd);
    h2.on("close", onClose);
    h2.on("error", onError);
  }

  sendMessage(message: Uint8Array, last: boolean): boolean {
    if (this.#settled || this.#h2.destroyed) return true;
    const framed = frameMessage(message);
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
    if (!this.#settled) this.#h2.end();
  }

  cancel(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#h2.close(ResetCode.cancel);
  }

  pause(): void {
    this.#h2.pause();
  }

  resume(): void {
    this.#h2.resume();
  }

  didRespond(httpStatus: number, contentType: string | undefined, rawHeaders: readonly string[]): void {
    if (this.#settled) return;
    const foreign = endOfForeign(httpStatus, contentType);
    if (foreign !== undefined) return this.#abort(endOf(rawHeaders) ?? foreign);
    const trailersOnly = endOf(rawHeaders);
    if (trailersOnly !== undefined) this.#didKnowEnd(trailersOnly);
    else this.#sink.onHeaders(metadataOf(rawHeaders));
  }

  didReceive(chunk: Buffer): void {
    if (this.#settled) return;
    const error = this.#reader.push(chunk);
    // What this side refuses to read says nothing about the call's effect: the server has processed it.
    if (error !== undefined) this.#abort(broken(error.code, error.rawMessage, "maybe-processed"));
  }

  didReceiveTrailers(rawHeaders: readonly string[]): void {
    const end = endOf(rawHeaders);
    if (end !== undefined) this.#didKnowEnd(end);
  }

  didReadAll(): void {
    this.#readAll = true;
    if (this.#end !== undefined) this.#settleWhole(this.#end);
    // Without a status nothing more will come either: our half is closed too, so that "close" follows and settles.
    else if (!this.#h2.writableEnded) this.#h2.close(ResetCode.noError);
  }

  didDrain(): void {
    this.#awaitsDrain = false;
    if (!this.#settled) this.#sink.onDrain();
  }

  didClose(): void {
    this.#connection.streamDidClose();
    if (this.#settled) return;
    this.#settle(this.#end !== undefined && this.#readAll ? this.#end : this.#brokenEnd());
  }

  #didKnowEnd(end: StreamEnd): void {
    this.#end = end;
    if (this.#readAll) this.#settleWhole(end);
  }

  /** All data and the status are there. The server may have ended before we did: then our half is closed for it. */
  #settleWhole(end: StreamEnd): void {
    if (this.#settled) return;
    if (!this.#reader.atBoundary)
      return this.#abort(broken(Status.internal, "the stream ended within a message", "maybe-processed"));
    this.#settle(end);
    if (!this.#h2.writableEnded) this.#h2.close(ResetCode.noError);
  }

  #abort(end: StreamEnd): void {
    this.#settle(end);
    this.#h2.close(ResetCode.cancel);
  }

  #settle(end: StreamEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#sink.onEnd(end);
  }

  /** gRPC: a stream that ends without `grpc-status`, however politely, has not succeeded. */
  #brokenEnd(): StreamEnd {
    const loss = this.#connection.lossOf(this.#h2.id);
    if (loss !== undefined) return broken(loss.error.code, loss.error.rawMessage, loss.processing);
    const resetCode = this.#h2.rstCode ?? ResetCode.noError;
    if (resetCode === ResetCode.noError)
      return broken(Status.unavailable, "the stream ended without grpc-status", "maybe-processed");
    const processing = resetCode === ResetCode.refusedStream ? "refused" : "maybe-processed";
    return broken(
      statusFromReset(resetCode),
      `the server reset the stream (HTTP/2 error code ${resetCode})`,
      processing,
    );
  }
}

function broken(code: StreamEnd["code"], message: string, processing: StreamEnd["processing"]): StreamEnd {
  return { code, message, trailers: Metadata.empty, origin: "transport", processing };
}

function onResponse(
  this: ClientHttp2Stream,
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  _flags: number,
  rawHeaders: string[],
): void {
  (this as Owned)[OWNER].didRespond(headers[":status"] ?? 0, headers["content-type"], rawHeaders);
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

function onError(): void {
  // "close" follows and knows more; without this listener the error would end the process.
}
