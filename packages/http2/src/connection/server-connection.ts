/**
 * The server's side of a connection: the client opens streams with odd ids, by requests. Quotes are from RFC 9113.
 *
 *   8.1: request → HEADERS *DATA [HEADERS with END_STREAM: the trailers]
 *
 * Its end has two phases (6.8), so that no request is lost which is under way:
 *
 *            goAway()                        the PING's answer, or close()                     the last stream ends
 *   open ───────────────────────► announced ───────────────────────────────► draining ───────────────────────────► closed
 *         GOAWAY(2³¹ − 1), PING              GOAWAY(last stream id)
 */

import type { Socket } from "node:net";
import { CONNECTION_PREFACE } from "../build-frame.ts";
import { ErrorCode, SettingId } from "../constants.ts";
import { checkRegularFields } from "../field-rules.ts";
import { ResetBudget } from "../flow/reset-budget.ts";
import { MAX_STREAM_ID } from "../frame.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import type { PreparedFields } from "../hpack/prepared-fields.ts";
import { Http2Error, protocolError } from "../http2-error.ts";
import { type RequestHead, readRequestHead } from "../request-rules.ts";
import { INITIAL_SETTINGS } from "../settings.ts";
import { Http2Connection } from "./connection.ts";
import { NO_LISTENER } from "./no-listener.ts";
import type { ConnectionListener, ConnectionOptions } from "./side.ts";
import { Http2Stream } from "./stream.ts";
import type { StreamListener } from "./stream-listener.ts";

/** Most servers have no bound. This is what a gateway needs that has all its users' calls on one connection. */
const DEFAULT_MAX_CONCURRENT_STREAMS = 4_096;

/** Heads that are kept with their blocks: a client repeats those of its methods. */
const KEPT_HEADS = 16;

/** Inputs of a server's connection. */
export interface ServerConnectionOptions extends ConnectionOptions {
  /** SETTINGS_MAX_CONCURRENT_STREAMS. Above it a stream gets REFUSED_STREAM. Default 4,096. */
  readonly maxConcurrentStreams?: number | undefined;
}

/**
 * A limit that a client has reached: open streams, its rate of resets, the size of a header list, or frames that serve no call. The first
 * three concern one stream, the last one ends the connection by ENHANCE_YOUR_CALM.
 */
export type ServerLimit = "streams" | "resets" | "header-list" | "frames";

/** Receives the events of a server's connection. */
export interface ServerListener extends ConnectionListener {
  /** A request has come. The events of its stream go to the listener that is returned; first of them, with `endStream`, is `onEnd`. */
  onRequest(stream: Http2Stream, head: RequestHead, endStream: boolean): StreamListener;
  onLimit(limit: ServerLimit): void;
}

export class ServerConnection extends Http2Connection {
  readonly #server: ServerListener;
  readonly #maxConcurrentStreams: number;
  readonly #resets: ResetBudget;
  /** By the list that the decoder gives for equal blocks. */
  readonly #heads = new Map<readonly HeaderField[], RequestHead | Http2Error>();
  /** Of those that the client has opened. */
  #highestStreamId = 0;
  /** Of those that this side looks at: later ones came after its last GOAWAY. */
  #lastStreamId = 0;
  #isAnnounced = false;
  #isDraining = false;

  /** Sends SETTINGS at once. The socket belongs to the connection from here on. */
  constructor(socket: Socket, options: ServerConnectionOptions, listener: ServerListener) {
    const maxConcurrentStreams = options.maxConcurrentStreams ?? DEFAULT_MAX_CONCURRENT_STREAMS;
    const side = {
      isClient: false,
      preface: new Uint8Array(),
      peerPreface: CONNECTION_PREFACE,
      settings: [[SettingId.maxConcurrentStreams, maxConcurrentStreams]],
      peerSettings: INITIAL_SETTINGS,
    } as const;
    super(socket, side, options, listener);
    this.#server = listener;
    this.#maxConcurrentStreams = maxConcurrentStreams;
    this.#resets = new ResetBudget(options.now);
  }

  /** Fields that are the same for many responses, for `Http2Stream.respond`. They are good for this connection. */
  prepare(fields: readonly HeaderField[]): PreparedFields {
    return this.encoder.prepare(fields);
  }

  /**
   * Begins an orderly end: the client opens no new streams when it has read this, and those that are under way are served. `close`
   * follows by itself after a round trip; call it for a client that does not answer. `debug`: such as `max_age`.
   */
  goAway(debug = ""): void {
    if (this.#isAnnounced || this.#isDraining || !this.isOpen) return;
    this.#isAnnounced = true;
    this.output.goaway(MAX_STREAM_ID, ErrorCode.noError, debug);
    this.ping(() => this.close());
  }

  /** Takes no new streams from now on, says which ones were the last, and closes when they have ended. */
  override close(): void {
    this.#isDraining = true;
    if (this.isLive) this.sendGoaway(ErrorCode.noError, "");
    super.close();
  }

  protected get lastPeerStreamId(): number {
    return this.#lastStreamId;
  }

  protected isIdle(streamId: number): boolean {
    // Even ids are this side's, which opens none without push.
    return (streamId & 1) === 0 || streamId > this.#highestStreamId;
  }

  protected checkSettings(): void {}

  /** A client's GOAWAY is about pushes: it may still open streams, and those that are open go on. */
  protected didReceiveGoaway(): void {}

  /** 8.1: a server that has answered before it got all of the request asks, by NO_ERROR, to "abort transmission of a request without error". */
  didEndFirst(stream: Http2Stream): void {
    stream.reset(ErrorCode.noError);
  }

  didFail(): void {
    this.#resets.didReset();
  }

  override onRstStream(streamId: number, errorCode: number): void {
    if (this.streams.get(streamId) !== undefined) this.#resets.didReset();
    super.onRstStream(streamId, errorCode);
  }

  protected override didBreak(error: Http2Error): void {
    if (error.code === ErrorCode.enhanceYourCalm) this.#server.onLimit("frames");
    super.didBreak(error);
  }

  protected didReceiveBlock(
    streamId: number,
    stream: Http2Stream | undefined,
    fields: readonly HeaderField[] | Http2Error,
    endStream: boolean,
  ): void {
    if (stream !== undefined) return this.#didReceiveTrailers(stream, fields, endStream);
    if (streamId > this.#highestStreamId) return this.#didOpen(streamId, fields, endStream);
    // 5.1.1: "The identifier of a newly established stream MUST be numerically greater than all streams that the initiating endpoint has
    // opened". Without pseudo-header fields they are trailers, which were under way when this side ended the stream.
    if (!(fields instanceof Http2Error) && fields[0]?.[0].startsWith(":") === true)
      throw protocolError(`a request on stream ${streamId}, which is not above ${this.#highestStreamId}`);
    this.onIdleFrame();
  }

  #didOpen(streamId: number, fields: readonly HeaderField[] | Http2Error, endStream: boolean): void {
    // 5.1.1: "Streams initiated by a client MUST use odd-numbered stream identifiers".
    if ((streamId & 1) === 0) throw protocolError(`a client opened stream ${streamId}, which is even`);
    this.#highestStreamId = streamId;
    // 6.8: the sender of GOAWAY ignores "frames sent on streams initiated by the receiver with identifiers higher than" its last one.
    if (this.#isDraining) return this.onIdleFrame();
    this.#lastStreamId = streamId;
    if (this.streams.size >= this.#maxConcurrentStreams) return this.#refuse(streamId, "streams");
    if (this.#resets.isSpent) return this.#refuse(streamId, "resets");
    const head = fields instanceof Http2Error ? fields : this.#headOf(fields);
    if (head instanceof Http2Error) this.#reject(streamId, head);
    else this.#accept(streamId, head, endStream);
  }

  #accept(streamId: number, head: RequestHead, endStream: boolean): void {
    const { initialWindowBytes } = this.peerSettings;
    const stream = new Http2Stream(streamId, this, NO_LISTENER, initialWindowBytes, this.inbound.streamWindowBytes);
    this.streams.add(stream);
    this.guard.didOpenStream();
    stream.didReceiveRequest(this.#server.onRequest(stream, head, endStream), head.contentLength, endStream);
  }

  /**
   * Does not look at a stream. 8.7: REFUSED_STREAM says that "the stream is being closed prior to any processing", so that it can be
   * repeated. A client that goes on for long is told to be calm.
   */
  #refuse(streamId: number, limit: ServerLimit): void {
    this.#server.onLimit(limit);
    this.onIdleFrame();
    this.output.rstStream(streamId, ErrorCode.refusedStream);
  }

  /** Ends a stream whose request is malformed, or whose header list is too large. */
  #reject(streamId: number, error: Http2Error): void {
    if (error.code === ErrorCode.enhanceYourCalm) this.#server.onLimit("header-list");
    this.#resets.didReset();
    this.output.rstStream(streamId, error.code);
  }

  #didReceiveTrailers(stream: Http2Stream, fields: readonly HeaderField[] | Http2Error, endStream: boolean): void {
    // 5.1, half-closed (remote): "it MUST respond with a stream error … of type STREAM_CLOSED."
    if (stream.remoteEnded) return stream.fail(new Http2Error(ErrorCode.streamClosed, "HEADERS behind END_STREAM"));
    if (fields instanceof Http2Error) return stream.fail(fields);
    // 8.1: "An endpoint that receives a HEADERS frame without the END_STREAM flag set after receiving the HEADERS frame that opens a request
    // … MUST treat the corresponding request … as malformed".
    if (!endStream) return stream.fail(protocolError("trailers without END_STREAM"));
    const malformed = checkRegularFields(fields);
    if (malformed === undefined) stream.didReceiveTrailers(fields);
    else stream.fail(malformed);
  }

  #headOf(fields: readonly HeaderField[]): RequestHead | Http2Error {
    const known = this.#heads.get(fields);
    if (known !== undefined) return known;
    const head = readRequestHead(fields);
    if (this.#heads.size >= KEPT_HEADS) this.#heads.clear();
    this.#heads.set(fields, head);
    return head;
  }
}
