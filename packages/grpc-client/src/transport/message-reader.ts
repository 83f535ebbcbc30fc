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
 * The buffer of a message that spans chunks: exactly for the message, as long as that is at most this, or sixteen times what is there. A
 * stream's first window admits as much, and the system gives memory to pages that are written, not to those that are promised.
 */
const MIN_SPACE_BYTES = 1 << 20;
const GROWTH = 16;

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
  /** What has come of a prefix or a message that spans chunks: `#partialBytes` of `#neededBytes`. Undefined between two messages. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  #neededBytes = 0;
  /** Of the message that is being collected. Undefined while its prefix is. */
  #flag: number | undefined;

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
    while (at < end) {
      let error: ChannelError | undefined;
      if (this.#partial === undefined && end - at >= PREFIX_BYTES) {
        const flag = chunk[at] as number;
        const length = readUint32(chunk, at + 1);
        at += PREFIX_BYTES;
        error = this.#checkPrefix(flag, length);
        if (error !== undefined) return error;
        if (length > end - at) this.#collect(flag, length);
        else {
          error = this.#deliver(flag, chunk, at, at + length);
          at += length;
        }
      } else {
        if (this.#partial === undefined) this.#collect(undefined, PREFIX_BYTES);
        at = this.#copy(chunk, at, end);
        if (this.#partialBytes === this.#neededBytes) error = this.#didCollect();
      }
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** Begins to collect a message, or without a flag a prefix. */
  #collect(flag: number | undefined, neededBytes: number): void {
    this.#flag = flag;
    this.#partial = NOTHING;
    this.#partialBytes = 0;
    this.#neededBytes = neededBytes;
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

  /** All that was needed is there: the prefix, or the whole message. */
  #didCollect(): ChannelError | undefined {
    const collected = this.#partial as Buffer;
    const flag = this.#flag;
    this.#partial = undefined;
    if (flag !== undefined) return this.#deliver(flag, collected, 0, collected.length);
    const length = readUint32(collected, 1);
    const error = this.#checkPrefix(collected[0] as number, length);
    if (error !== undefined) return error;
    if (length === 0) return this.#deliver(collected[0] as number, NOTHING, 0, 0);
    this.#collect(collected[0] as number, length);
    return undefined;
  }

  /** A whole message is `bytes` from `start` to `end`. */
  #deliver(flag: number, bytes: Buffer, start: number, end: number): ChannelError | undefined {
    if (flag === 0) this.#listener.onMessage(this.#keep(bytes, start, end));
    else {
      const inflated = this.#inflate(bytes.subarray(start, end));
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
