/**
 * Cuts what a socket reads into frames, in place. In: chunks as they come. Out: each frame other than DATA as a range of bytes, whole;
 * DATA in parts, as far as it has come and without its padding. It copies a frame only if it spans chunks, and never DATA.
 * It knows sizes, and nothing about streams.
 *
 *             9 bytes               DATA            part, part, …
 *   header ─────────────► payload ─────────► data ────────────────► padding ──► header
 *      ▲                     │ other frames
 *      └─────────────────────┘
 *        whole, or collected
 */

import { FrameFlag, FrameType } from "../constants.ts";
import { FRAME_HEADER_BYTES, readUint24, readUint31 } from "../frame.ts";
import { frameSizeError, protocolError } from "../http2-error.ts";

/** Receives the frames of one connection. What it throws leaves `push`, and the parser is not used any more. */
export interface FrameHandler {
  /** A frame of any type but DATA. Its payload is `bytes` from `start` to `end`, which belong to the parser. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /** A DATA frame begins. `payloadBytes` are the bytes that count for flow control. */
  onDataStart(flags: number, streamId: number, payloadBytes: number): void;
  /** A part of its data, not empty: `bytes` from `start` to `end`, which are the chunk's. */
  onDataPart(bytes: Buffer, start: number, end: number): void;
  /** All of the frame has come. */
  onDataEnd(): void;
}

export class FrameParser {
  readonly #handler: FrameHandler;
  readonly #maxFrameBytes: number;
  /** A header that spans chunks. */
  #header: Buffer | undefined;
  #headerBytes = 0;
  /** The payload of a frame that spans chunks. */
  #payload: Buffer | undefined;
  #payloadBytes = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  #isFirst = true;
  #isInData = false;
  #awaitsPadLength = false;
  #dataBytes = 0;
  #paddingBytes = 0;
  #stopped = false;

  /** `maxFrameBytes`: this side's SETTINGS_MAX_FRAME_SIZE. */
  constructor(handler: FrameHandler, maxFrameBytes: number) {
    this.#handler = handler;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** No frame is read any more, not even the rest of the chunk. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws Http2Error for a frame that is too large or too small, and for a first frame that is not SETTINGS */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      if (this.#isInData) at = this.#readData(chunk, at);
      else if (this.#payload !== undefined) at = this.#collectPayload(this.#payload, chunk, at);
      else if (this.#headerBytes > 0 || chunk.length - at < FRAME_HEADER_BYTES) at = this.#collectHeader(chunk, at);
      else at = this.#begin(chunk, at, chunk, at + FRAME_HEADER_BYTES);
    }
  }

  /** Reads the header at `headerAt`, and the payload as far as it is in `chunk` from `at` on. Returns the offset after it. */
  #begin(header: Buffer, headerAt: number, chunk: Buffer, at: number): number {
    const length = readUint24(header, headerAt);
    const type = header[headerAt + 3] as number;
    const flags = header[headerAt + 4] as number;
    const streamId = readUint31(header, headerAt + 5);
    if (this.#isFirst) this.#checkFirst(type, flags);
    // RFC 9113 4.2: "An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in SETTINGS_MAX_FRAME_SIZE".
    if (length > this.#maxFrameBytes)
      throw frameSizeError(`a frame of ${length} bytes, more than ${this.#maxFrameBytes}`);
    if (type === FrameType.data) return this.#beginData(flags, streamId, length, chunk, at);
    const end = at + length;
    if (end <= chunk.length) {
      this.#handler.onFrame(type, flags, streamId, chunk, at, end);
      return end;
    }
    this.#type = type;
    this.#flags = flags;
    this.#streamId = streamId;
    this.#payload = Buffer.allocUnsafe(length);
    return this.#collectPayload(this.#payload, chunk, at);
  }

  /** RFC 9113 3.4: the preface of a server "consists of a potentially empty SETTINGS frame that MUST be the first frame". */
  #checkFirst(type: number, flags: number): void {
    this.#isFirst = false;
    if (type !== FrameType.settings || (flags & FrameFlag.ack) !== 0)
      throw protocolError("the first bytes are no SETTINGS frame, so the peer does not speak HTTP/2");
  }

  #collectHeader(chunk: Buffer, at: number): number {
    const header = (this.#header ??= Buffer.alloc(FRAME_HEADER_BYTES));
    const end = Math.min(chunk.length, at + FRAME_HEADER_BYTES - this.#headerBytes);
    chunk.copy(header, this.#headerBytes, at, end);
    this.#headerBytes += end - at;
    if (this.#headerBytes < FRAME_HEADER_BYTES) return end;
    this.#headerBytes = 0;
    this.#header = undefined;
    return this.#begin(header, 0, chunk, end);
  }

  #collectPayload(payload: Buffer, chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + payload.length - this.#payloadBytes);
    chunk.copy(payload, this.#payloadBytes, at, end);
    this.#payloadBytes += end - at;
    if (this.#payloadBytes < payload.length) return end;
    this.#payload = undefined;
    this.#payloadBytes = 0;
    this.#handler.onFrame(this.#type, this.#flags, this.#streamId, payload, 0, payload.length);
    return end;
  }

  #beginData(flags: number, streamId: number, length: number, chunk: Buffer, at: number): number {
    const isPadded = (flags & FrameFlag.padded) !== 0;
    if (isPadded && length === 0) throw frameSizeError("a padded DATA frame without its pad length");
    this.#handler.onDataStart(flags, streamId, length);
    const end = at + length;
    // Most frames are like this, and nothing of them has to be remembered.
    if (!isPadded && length > 0 && end <= chunk.length && !this.#stopped) {
      this.#handler.onDataPart(chunk, at, end);
      this.#handler.onDataEnd();
      return end;
    }
    this.#dataBytes = length;
    this.#paddingBytes = 0;
    this.#awaitsPadLength = isPadded;
    this.#isInData = true;
    // An empty frame has nothing to wait for.
    if (length === 0) this.#endData();
    return at;
  }

  #readData(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#awaitsPadLength) at = this.#readPadLength(chunk, at);
    if (this.#dataBytes > 0) {
      const end = Math.min(chunk.length, at + this.#dataBytes);
      if (end > at) {
        this.#dataBytes -= end - at;
        this.#handler.onDataPart(chunk, at, end);
        at = end;
      }
    }
    if (this.#dataBytes === 0) {
      const end = Math.min(chunk.length, at + this.#paddingBytes);
      this.#paddingBytes -= end - at;
      at = end;
      if (this.#paddingBytes === 0) this.#endData();
    }
    return at;
  }

  #readPadLength(chunk: Buffer, at: number): number {
    this.#awaitsPadLength = false;
    const padding = chunk[at] as number;
    // RFC 9113 6.1: "If the length of the padding is the length of the frame payload or greater, the recipient MUST treat this as a
    // connection error of type PROTOCOL_ERROR."
    if (padding >= this.#dataBytes)
      throw protocolError(`${padding} bytes of padding in a DATA frame of ${this.#dataBytes}`);
    this.#dataBytes -= 1 + padding;
    this.#paddingBytes = padding;
    return at + 1;
  }

  #endData(): void {
    this.#isInData = false;
    this.#handler.onDataEnd();
  }
}
