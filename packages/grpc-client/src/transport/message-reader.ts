/**
 * Takes the chunks of one stream's DATA apart into gRPC messages.
 *
 *   gRPC over HTTP/2: Length-Prefixed-Message → Compressed-Flag Message-Length Message
 *
 *   0         1                                 5
 *   ┌─────────┬─────────────────────────────────┬──────────────────┐
 *   │ flag: 8 │ length: 32, big endian          │ message …        │
 *   └─────────┴─────────────────────────────────┴──────────────────┘
 *
 * A message that lies in one chunk is not copied. One that spans chunks is copied together in a buffer that grows with what
 * has arrived, never with what the prefix promises: a prefix of 1 GiB costs its sender more than us.
 */

import { ChannelError, isChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import { decompress } from "./inflate.ts";

/** Compressed-Flag and Message-Length before each message. */
export const PREFIX_BYTES = 5;

/**
 * The buffer of a message that spans chunks: exactly for the message, as long as that is at most this, or four times what is there. A
 * stream's first window admits as much, and the system gives memory to pages that are written, not to those that are promised.
 */
const MIN_SPACE_BYTES = 1 << 20;
const GROWTH = 4;

const NOTHING = Buffer.alloc(0);

/** Bytes of a chunk that stay valid after `push` has returned. */
export type KeepBytes = (chunk: Buffer, start: number, end: number) => Uint8Array;

const asTheyAre: KeepBytes = (chunk, start, end) => chunk.subarray(start, end);

/** Receives the messages of one stream, whole and inflated. */
export interface MessageListener {
  /** Bytes that stay valid: of a chunk that was pushed, or of a buffer of its own. */
  onMessage(message: Uint8Array): void;
}

/** Cuts the DATA of one stream into messages: see the head of this file. */
export class MessageReader {
  /** `grpc-encoding` of the response headers: what messages with the Compressed-Flag are compressed with. */
  encoding = "identity";
  readonly #maxBytes: number;
  readonly #listener: MessageListener;
  readonly #keep: KeepBytes;
  /** The beginning of a message that spans chunks, and how much of it is there. Undefined between two messages. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  /** Prefix and message together; only the prefix until it is there. */
  #neededBytes = PREFIX_BYTES;

  /** `keep`: for chunks that are valid only while they are pushed. Default: they stay valid. */
  constructor(maxBytes: number, listener: MessageListener, keep: KeepBytes = asTheyAre) {
    this.#maxBytes = maxBytes;
    this.#listener = listener;
    this.#keep = keep;
  }

  /** True between two messages: the only place where a stream may end. */
  get atBoundary(): boolean {
    return this.#partial === undefined;
  }

  /** Reads `chunk` from `start` to `end`, by default all of it. Returns the error that ends the stream, if any. */
  push(chunk: Buffer, start = 0, end: number = chunk.length): ChannelError | undefined {
    let at = start;
    if (this.#partial !== undefined) {
      at = this.#copy(chunk, start, end);
      const error = this.#partialBytes < this.#neededBytes ? undefined : this.#didCollect();
      if (error !== undefined || at === end) return error;
      // The prefix is there now, and a part of the message.
      if (this.#partial !== undefined) return this.push(chunk, at, end);
    }
    while (end - at >= PREFIX_BYTES) {
      const length = readUint32(chunk, at + 1);
      const error = this.#checkPrefix(chunk[at] as number, length);
      if (error !== undefined) return error;
      const messageEnd = at + PREFIX_BYTES + length;
      if (messageEnd > end) break;
      const refused = this.#deliver(chunk, at, messageEnd);
      if (refused !== undefined) return refused;
      at = messageEnd;
    }
    if (at < end) this.#collect(chunk, at, end);
    return undefined;
  }

  /** Begins to collect a message. */
  #collect(chunk: Buffer, start: number, end: number): void {
    const hasPrefix = end - start >= PREFIX_BYTES;
    this.#neededBytes = PREFIX_BYTES + (hasPrefix ? readUint32(chunk, start + 1) : 0);
    this.#partial = NOTHING;
    this.#copy(chunk, start, end);
  }

  /** Copies what is still needed of the chunk. Returns the offset behind it. */
  #copy(chunk: Buffer, start: number, end: number): number {
    const to = Math.min(end, start + this.#neededBytes - this.#partialBytes);
    const bytes = this.#partialBytes + to - start;
    chunk.copy(this.#withSpaceFor(bytes), this.#partialBytes, start, to);
    this.#partialBytes = bytes;
    return to;
  }

  #withSpaceFor(bytes: number): Buffer {
    const partial = this.#partial as Buffer;
    if (bytes <= partial.length) return partial;
    const larger = Buffer.allocUnsafe(Math.min(this.#neededBytes, Math.max(MIN_SPACE_BYTES, GROWTH * bytes)));
    partial.copy(larger, 0, 0, this.#partialBytes);
    this.#partial = larger;
    return larger;
  }

  /** All that was needed is there: the prefix alone, or the whole message. */
  #didCollect(): ChannelError | undefined {
    const partial = this.#partial as Buffer;
    if (this.#neededBytes === PREFIX_BYTES) {
      const length = readUint32(partial, 1);
      const error = this.#checkPrefix(partial[0] as number, length);
      if (error !== undefined) return error;
      this.#neededBytes += length;
      if (this.#neededBytes > PREFIX_BYTES) return undefined;
    }
    const end = this.#neededBytes;
    this.#partial = undefined;
    this.#partialBytes = 0;
    this.#neededBytes = PREFIX_BYTES;
    return this.#deliver(partial, 0, end);
  }

  /** A whole message, with its prefix, is `bytes` from `start` to `end`. */
  #deliver(bytes: Buffer, start: number, end: number): ChannelError | undefined {
    const from = start + PREFIX_BYTES;
    if (bytes[start] === 0) this.#listener.onMessage(this.#keep(bytes, from, end));
    else {
      const inflated = this.#inflate(bytes.subarray(from, end));
      if (isChannelError(inflated)) return inflated;
      this.#listener.onMessage(inflated);
    }
    return undefined;
  }

  #inflate(message: Uint8Array): Uint8Array | ChannelError {
    try {
      return decompress(message, this.encoding, this.#maxBytes);
    } catch (error) {
      return ChannelError.from(error);
    }
  }

  #checkPrefix(flag: number, length: number): ChannelError | undefined {
    // gRPC over HTTP/2: "Compressed-Flag → 0 / 1 ; encoded as 1 byte unsigned integer".
    if (flag > 1) return new ChannelError(Status.internal, `a message with Compressed-Flag ${flag}: expected 0 or 1`);
    if (length <= this.#maxBytes) return undefined;
    return new ChannelError(
      Status.resourceExhausted,
      `message of ${length} bytes is larger than maxReceiveMessageBytes (${this.#maxBytes})`,
    );
  }
}

/** Not `readUInt32BE`, whose checks cost more than the rest: the bytes are there. */
function readUint32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] as number) * 0x1_00_00_00;
  return high + (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
}

/** A message with its prefix, in one buffer and so in one write. `isCompressed`: its Compressed-Flag. */
export function frameMessage(message: Uint8Array, isCompressed = false): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(framed, message.length, isCompressed);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** The prefix of a message, at the beginning of `into`. */
export function writePrefix(into: Buffer, messageBytes: number, isCompressed: boolean): void {
  into[0] = isCompressed ? 1 : 0;
  into.writeUInt32BE(messageBytes, 1);
}
