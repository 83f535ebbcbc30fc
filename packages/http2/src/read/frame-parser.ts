/**
 * Cuts what a socket reads into frames, in place. In: chunks as they come. Out: each frame other than DATA as a range of bytes, whole;
 * DATA as far as it has come. It copies a frame only if it spans chunks, and never DATA.
 * It knows sizes, and nothing about streams.
 *
 *             9 bytes             padded DATA,
 *                                DATA in parts        part, part, …
 *   header ─────────────► payload ────────────► data ──────────────► padding ──► header
 *      ▲                     │ other DATA: at once, with the DATA frames behind it
 *      └─────────────────────┘ other frames: whole, or collected
 */

import { FrameFlag, FrameType } from "../constants.ts";
import { FRAME_HEADER_BYTES, readUint24, readUint31 } from "../frame.ts";
import { frameSizeError, protocolError } from "../http2-error.ts";

/** Receives the frames of one connection. What it throws leaves `push`, and the parser is not used any more. */
export interface FrameHandler {
  /** A frame of any type but DATA. Its payload is `bytes` from `start` to `end`, which belong to the parser. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /**
   * DATA frames of one stream, one behind the other, each of them whole, not empty and without flags: `bytes` from the header of the first one at
   * `start` to the end of the last one. They are the chunk's. Most DATA comes like this.
   */
  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void;
  /**
   * A part of any other DATA frame: its data is `bytes` from `start` to `end`, which are the chunk's. Only a frame without data has an empty
   * part. `padding`: bytes besides the data that count for flow control; they come with the first part. END_STREAM is in the flags of the
   * last part alone.
   */
  onData(flags: number, streamId: number, bytes: Buffer, start: number, end: number, padding: number): void;
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
  /** Of the DATA frame that is being read: what has not come of its data and of its padding, and padding that no part has counted. */
  #dataBytes = 0;
  #paddingBytes = 0;
  #uncountedBytes = 0;
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
      else if (this.#paddingBytes > 0) at = this.#skipPadding(chunk, at);
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
    const end = at + length;
    if (type === FrameType.data) {
      if (flags === FrameFlag.none && length > 0 && end <= chunk.length && header === chunk)
        return this.#readDataFrames(streamId, chunk, headerAt, end);
      return this.#beginData(flags, streamId, length, chunk, at);
    }
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

  /**
   * Reads a DATA frame that is whole and without flags, and those behind it which are alike. Returns the offset after the last one. Servers of
   * streams send a frame for each message: what is done once for all of them is a quarter of what a message of 100 bytes costs.
   */
  #readDataFrames(streamId: number, chunk: Buffer, start: number, firstEnd: number): number {
    let end = firstEnd;
    let count = 1;
    while (chunk.length - end > FRAME_HEADER_BYTES && hasSameHeader(chunk, start, end)) {
      const length = readUint24(chunk, end);
      const next = end + FRAME_HEADER_BYTES + length;
      if (length === 0 || length > this.#maxFrameBytes || next > chunk.length) break;
      end = next;
      count++;
    }
    this.#handler.onDataFrames(streamId, chunk, start, end, count);
    return end;
  }

  #beginData(flags: number, streamId: number, length: number, chunk: Buffer, at: number): number {
    const isPadded = (flags & FrameFlag.padded) !== 0;
    const end = at + length;
    if (!isPadded && end <= chunk.length) {
      this.#handler.onData(flags, streamId, chunk, at, end, 0);
      return end;
    }
    if (isPadded && length === 0) throw frameSizeError("a padded DATA frame without its pad length");
    this.#flags = flags;
    this.#streamId = streamId;
    this.#dataBytes = length;
    this.#awaitsPadLength = isPadded;
    this.#isInData = true;
    return at;
  }

  #readData(chunk: Buffer, from: number): number {
    const at = this.#awaitsPadLength ? this.#readPadLength(chunk, from) : from;
    const end = Math.min(chunk.length, at + this.#dataBytes);
    const padding = this.#uncountedBytes;
    // The pad length is all that has come.
    if (end === at && this.#dataBytes > 0) return at;
    this.#dataBytes -= end - at;
    this.#uncountedBytes = 0;
    this.#isInData = this.#dataBytes > 0;
    const flags = this.#isInData ? this.#flags & ~FrameFlag.endStream : this.#flags;
    this.#handler.onData(flags, this.#streamId, chunk, at, end, padding);
    return end;
  }

  #readPadLength(chunk: Buffer, at: number): number {
    this.#awaitsPadLength = false;
    const padding = chunk[at] as number;
    // RFC 9113 6.1: "If the length of the padding is the length of the frame payload or greater, the recipient MUST treat this as a
    // connection error of type PROTOCOL_ERROR."
    if (padding >= this.#dataBytes)
      throw protocolError(`${padding} bytes of padding in a DATA frame of ${this.#dataBytes}`);
    this.#dataBytes -= 1 + padding;
    this.#uncountedBytes = 1 + padding;
    this.#paddingBytes = padding;
    return at + 1;
  }

  #skipPadding(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#paddingBytes);
    this.#paddingBytes -= end - at;
    return end;
  }
}

/** Whether two frames differ in nothing but their lengths: type, flags and stream id are the same. */
function hasSameHeader(bytes: Buffer, one: number, other: number): boolean {
  for (let at = 3; at < FRAME_HEADER_BYTES; at++) if (bytes[one + at] !== bytes[other + at]) return false;
  return true;
}
