/**
 * The client's side of a connection: it opens streams with odd ids and reads responses. Quotes are from RFC 9113.
 *
 *   8.1: response → *(HEADERS with 1xx) HEADERS *DATA [HEADERS with END_STREAM: the trailers]
 */

import type { Socket } from "node:net";
import { CONNECTION_PREFACE } from "../build-frame.ts";
import { ErrorCode, SettingId } from "../constants.ts";
import { checkRegularFields, type ResponseHead, readResponseHead } from "../field-rules.ts";
import { MAX_STREAM_ID } from "../frame.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import type { PreparedFields } from "../hpack/prepared-fields.ts";
import { Http2Error, protocolError } from "../http2-error.ts";
import type { SharedReads } from "../read/shared-reads.ts";
import { INITIAL_SETTINGS, type Settings } from "../settings.ts";
import { Http2Connection } from "./connection.ts";
import type { ConnectionListener, ConnectionOptions, Side } from "./side.ts";
import { Http2Stream } from "./stream.ts";
import type { StreamListener } from "./stream-listener.ts";

const CLIENT: Side = {
  isClient: true,
  preface: CONNECTION_PREFACE,
  peerPreface: new Uint8Array(),
  settings: [[SettingId.enablePush, 0]],
  // A server has this setting, too, and may only switch it off: `checkSettings`.
  peerSettings: { ...INITIAL_SETTINGS, enablePush: false },
};

/** Inputs of a client's connection. */
export interface ClientConnectionOptions extends ConnectionOptions {
  /** Those whose `onread` the socket was opened with. Default: the socket emits `data`, with buffers of its own. */
  readonly reads?: SharedReads | undefined;
  /** The id of the first stream, odd. Default 1. For tests of what happens when ids run out. */
  readonly firstStreamId?: number | undefined;
}

export class ClientConnection extends Http2Connection {
  /** A server opens no streams without push. */
  protected readonly lastPeerStreamId = 0;
  #nextStreamId: number;
  /** The last blocks that were checked, by identity: a server's blocks are mostly the same. */
  #checkedHead: readonly HeaderField[] | undefined;
  #head: ResponseHead | Http2Error | undefined;
  #checkedTrailers: readonly HeaderField[] | undefined;

  /** Sends the preface and SETTINGS at once. `socket` may still be connecting; it belongs to the connection from here on. */
  constructor(socket: Socket, options: ClientConnectionOptions, listener: ConnectionListener) {
    super(socket, CLIENT, options, listener);
    this.#nextStreamId = options.firstStreamId ?? 1;
    if (options.reads !== undefined) options.reads.receiver = (chunk) => this.readChunk(chunk);
  }

  /** Whether a stream can be opened: SETTINGS have come and no GOAWAY, ids are left, and the peer admits one more. */
  get hasRoom(): boolean {
    return (
      this.isOpen && this.streams.size < this.peerSettings.maxConcurrentStreams && this.#nextStreamId <= MAX_STREAM_ID
    );
  }

  /** Fields that are the same for many requests, for `open`. They are good for this connection. */
  prepare(fields: readonly HeaderField[]): PreparedFields {
    return this.encoder.prepare(fields);
  }

  /**
   * Opens a stream: HEADERS with the prepared fields, then the others. Undefined without room; nothing was sent.
   * @throws Http2Error for fields that HTTP/2 does not allow; nothing was sent
   */
  open(prepared: PreparedFields, fields: readonly HeaderField[], listener: StreamListener): Http2Stream | undefined {
    if (!this.hasRoom) return undefined;
    const malformed = checkRegularFields(fields);
    if (malformed !== undefined) throw malformed;
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    const stream = new Http2Stream(
      id,
      this,
      listener,
      this.peerSettings.initialWindowBytes,
      this.inbound.streamWindowBytes,
    );
    this.streams.add(stream);
    this.guard.didOpenStream();
    this.sendBlock(id, fields, prepared, false);
    return stream;
  }

  /** A client ends its side first, as a rule. */
  didEndFirst(): void {}

  didFail(): void {}

  protected isIdle(streamId: number): boolean {
    // Even ids are the server's, and it opens none without push.
    return (streamId & 1) === 0 || streamId >= this.#nextStreamId;
  }

  protected checkSettings({ enablePush }: Settings): void {
    // 6.5.2: "A client MUST treat receipt of a SETTINGS frame with SETTINGS_ENABLE_PUSH set to 1 as a connection error of type
    // PROTOCOL_ERROR."
    if (enablePush) throw protocolError("SETTINGS_ENABLE_PUSH 1 of a server");
  }

  protected didReceiveGoaway(lastStreamId: number): void {
    for (const stream of this.streams.all()) if (stream.id > lastStreamId) stream.abort({ kind: "refused" });
  }

  protected didReceiveBlock(
    streamId: number,
    stream: Http2Stream | undefined,
    fields: readonly HeaderField[] | Http2Error,
    endStream: boolean,
  ): void {
    if (stream === undefined) {
      if (this.isIdle(streamId)) throw protocolError(`HEADERS on the idle stream ${streamId}`);
      return this.onIdleFrame(); // the stream was reset while they were under way
    }
    if (fields instanceof Http2Error) return stream.fail(fields);
    // 5.1, half-closed (remote): "it MUST respond with a stream error … of type STREAM_CLOSED."
    if (stream.remoteEnded) return stream.fail(new Http2Error(ErrorCode.streamClosed, "HEADERS behind END_STREAM"));
    if (stream.hasHeaders) this.#didReceiveTrailers(stream, fields, endStream);
    else this.#didReceiveHead(stream, fields, endStream);
  }

  #didReceiveHead(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean): void {
    if (fields !== this.#checkedHead) {
      this.#head = readResponseHead(fields);
      this.#checkedHead = fields;
    }
    const head = this.#head as ResponseHead | Http2Error;
    if (head instanceof Http2Error) return stream.fail(head);
    if (head.status >= 200) return stream.didReceiveHeaders(fields, head.contentLength, endStream);
    // 8.1: "a HEADERS frame with the END_STREAM flag set that carries an informational status code is malformed".
    if (endStream) return stream.fail(protocolError(`a response that ends with status ${head.status}`));
    this.onIdleFrame();
  }

  #didReceiveTrailers(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean): void {
    // 8.1: "a HEADERS frame without the END_STREAM flag set after receiving the final status code MUST treat the … response as malformed".
    if (!endStream) return stream.fail(protocolError("trailers without END_STREAM"));
    if (fields !== this.#checkedTrailers) {
      const malformed = checkRegularFields(fields);
      if (malformed !== undefined) return stream.fail(malformed);
      this.#checkedTrailers = fields;
    }
    stream.didReceiveTrailers(fields);
  }
}
