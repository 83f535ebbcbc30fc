/**
 * The server's side of one connection, as little as clients of gRPC that keep to HTTP/2 need: the load server has to cost a fraction of
 * any client, or all of them wait for it. It reads frames in place, writes once per tick, and checks nothing.
 */

import type { Socket } from "node:net";
import {
  buildFrame,
  CONNECTION_PREFACE,
  dataFrame,
  ErrorCode,
  FRAME_HEADER_BYTES,
  FrameFlag,
  FrameType,
  type HeaderField,
  HpackDecoder,
  HpackEncoder,
  type PreparedFields,
  pingFrame,
  readFrameHeader,
  rstStreamFrame,
  SettingId,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "@agent-team/http2";

const HEAD: readonly HeaderField[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];
const STATUS_OK: readonly HeaderField[] = [["grpc-status", "0"]];
const SETTING_BYTES = 6;
const DATA_FRAME_BYTES = 16_384;
/** RFC 9113 6.9.2. */
const FIRST_WINDOW_BYTES = 65_535;
/** More than the product of bandwidth and delay in any benchmark: what a client sends is never held back here. */
const WINDOW_BYTES = 256 << 20;

/** What answers a call: gets the parts of its request, and at the end no part. */
export type Handler = (call: ServedCall, part: Buffer | undefined) => void;

/** One call. */
export interface ServedCall {
  /** What the handler has kept of the request: messages with their prefixes. */
  readonly kept: Buffer[];
  /** Sends messages with their prefixes; the response's headers go before the first. */
  send(bytes: Buffer): void;
  /** Ends the call with the status OK, behind what is sent. */
  end(): void;
}

export class LoadConnection {
  readonly #socket: Socket;
  readonly #handlerOf: (path: string) => Handler;
  readonly #decoder = new HpackDecoder({ maxHeaderListBytes: 65_536, maxFields: 1_000 });
  readonly #encoder = new HpackEncoder();
  readonly #head = this.#encoder.prepare(HEAD);
  readonly #statusOk = this.#encoder.prepare(STATUS_OK);
  readonly #streams = new Map<number, StreamOfServer>();
  /** Bytes of a frame that is not whole, or of the preface. */
  #rest: Buffer | undefined;
  #hasPreface = false;
  #frames: Uint8Array[] = [];
  #flushIsScheduled = false;
  #receivedBytes = 0;
  #initialWindowBytes = FIRST_WINDOW_BYTES;
  #windowBytes = FIRST_WINDOW_BYTES;
  /** Streams that wait for the connection's window. */
  readonly #waiting = new Set<StreamOfServer>();

  constructor(socket: Socket, maxStreams: number, handlerOf: (path: string) => Handler) {
    this.#socket = socket;
    this.#handlerOf = handlerOf;
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => this.#didRead(chunk));
    this.#write(
      settingsFrame([
        [SettingId.maxConcurrentStreams, maxStreams],
        [SettingId.initialWindowSize, WINDOW_BYTES],
      ]),
    );
    this.#write(windowUpdateFrame(0, WINDOW_BYTES - FIRST_WINDOW_BYTES));
  }

  /** Sends what waits on the stream, as far as the windows admit it. */
  pump(stream: StreamOfServer): void {
    while (stream.waiting.length > 0) {
      const first = stream.waiting[0] as Buffer;
      const bytes = Math.min(first.length, stream.windowBytes, this.#windowBytes, DATA_FRAME_BYTES);
      if (bytes <= 0) {
        if (stream.windowBytes > 0) this.#waiting.add(stream);
        return;
      }
      if (!stream.hasHead) this.#sendBlock(stream.id, this.#head, FrameFlag.none);
      stream.hasHead = true;
      this.#write(dataFrame(stream.id, first.subarray(0, bytes)));
      stream.windowBytes -= bytes;
      this.#windowBytes -= bytes;
      if (bytes === first.length) stream.waiting.shift();
      else stream.waiting[0] = first.subarray(bytes);
    }
    if (!stream.isEnded) return;
    this.#sendBlock(stream.id, this.#statusOk, FrameFlag.endStream);
    this.#streams.delete(stream.id);
  }

  #sendBlock(streamId: number, prepared: PreparedFields, flags: number): void {
    const block = this.#encoder.encode([], prepared);
    this.#write(buildFrame(FrameType.headers, FrameFlag.endHeaders | flags, streamId, block));
  }

  #write(frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#flushIsScheduled) return;
    this.#flushIsScheduled = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#flushIsScheduled = false;
    if (this.#receivedBytes >= WINDOW_BYTES / 4) {
      this.#frames.push(windowUpdateFrame(0, this.#receivedBytes));
      this.#receivedBytes = 0;
    }
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(this.#frames));
    this.#frames = [];
  }

  #didRead(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#hasPreface && bytes.length >= CONNECTION_PREFACE.length) {
      at = CONNECTION_PREFACE.length;
      this.#hasPreface = true;
    }
    while (this.#hasPreface && bytes.length - at >= FRAME_HEADER_BYTES) {
      const { length, type, flags, streamId } = readFrameHeader(bytes, at);
      const end = at + FRAME_HEADER_BYTES + length;
      if (end > bytes.length) break;
      this.#didReadFrame(type, flags, streamId, bytes.subarray(at + FRAME_HEADER_BYTES, end));
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined;
  }

  #didReadFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    switch (type) {
      case FrameType.headers:
        return this.#didReadHeaders(flags, streamId, payload);
      case FrameType.data:
        this.#receivedBytes += payload.length;
        return this.#didReadPart(flags, streamId, payload);
      case FrameType.settings:
        return this.#didReadSettings(flags, payload);
      case FrameType.windowUpdate:
        return this.#didReadUpdate(streamId, payload.readUInt32BE(0));
      case FrameType.ping:
        if ((flags & FrameFlag.ack) === 0) this.#write(pingFrame(payload, { ack: true }));
        return;
      case FrameType.rstStream:
        this.#streams.delete(streamId);
        return;
      default: // PRIORITY and GOAWAY change nothing here
    }
  }

  #didReadHeaders(flags: number, streamId: number, payload: Buffer): void {
    // Some clients send a priority, in five bytes before the block.
    const block = (flags & FrameFlag.priority) === 0 ? payload : payload.subarray(5);
    if ((flags & FrameFlag.endHeaders) === 0) throw new Error("the load server reads no CONTINUATION");
    const fields = this.#decoder.decode(block);
    const path = fields.find(([name]) => name === ":path")?.[1] ?? "";
    const stream = new StreamOfServer(streamId, this, this.#handlerOf(path), this.#initialWindowBytes);
    this.#streams.set(streamId, stream);
    if ((flags & FrameFlag.endStream) !== 0) stream.handler(stream, undefined);
  }

  #didReadPart(flags: number, streamId: number, part: Buffer): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    if (part.length > 0) stream.handler(stream, part);
    if ((flags & FrameFlag.endStream) !== 0) stream.handler(stream, undefined);
    else if (stream.isEnded) this.#write(rstStreamFrame(streamId, ErrorCode.noError));
  }

  #didReadSettings(flags: number, payload: Buffer): void {
    if ((flags & FrameFlag.ack) !== 0) return;
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      if (payload.readUInt16BE(at) !== SettingId.initialWindowSize) continue;
      const windowBytes = payload.readUInt32BE(at + 2);
      for (const stream of this.#streams.values()) stream.windowBytes += windowBytes - this.#initialWindowBytes;
      this.#initialWindowBytes = windowBytes;
    }
    this.#write(settingsAckFrame());
    for (const stream of this.#streams.values()) this.pump(stream);
  }

  #didReadUpdate(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#windowBytes += bytes;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const stream of waiting) this.pump(stream);
      return;
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.windowBytes += bytes;
    this.pump(stream);
  }
}

class StreamOfServer implements ServedCall {
  readonly id: number;
  readonly handler: Handler;
  readonly kept: Buffer[] = [];
  readonly waiting: Buffer[] = [];
  windowBytes: number;
  hasHead = false;
  isEnded = false;
  readonly #connection: LoadConnection;

  constructor(id: number, connection: LoadConnection, handler: Handler, windowBytes: number) {
    this.id = id;
    this.#connection = connection;
    this.handler = handler;
    this.windowBytes = windowBytes;
  }

  send(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.#connection.pump(this);
  }

  end(): void {
    this.isEnded = true;
    this.#connection.pump(this);
  }
}
