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
 * A message that lies in one chunk is not copied. One that spans chunks is collected in a buffer that grows with what
 * has arrived, never with what the prefix promises: a prefix of 1 GiB costs its sender more than us.
 */

import { ChannelError, isChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import { decompress } from "./compression.ts";

export const PREFIX_BYTES = 5;

export class MessageReader {
  /** `grpc-encoding` of the response headers: what messages with the Compressed-Flag are compressed with. */
  encoding = "identity";
  readonly #maxBytes: number;
  readonly #onMessage: (message: Uint8Array) => void;
  /** Chunks that hold the beginning of a message, and how many bytes they hold together. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Prefix and message together; known once the prefix is there. */
  #neededBytes = PREFIX_BYTES;

  constructor(maxBytes: number, onMessage: (message: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onMessage = onMessage;
  }

  /** True between two messages: the only place where a stream may end. */
  get atBoundary(): boolean {
    return this.#pendingBytes === 0;
  }

  /** Reads one chunk. Returns the error that ends the stream, if any. */
  push(chunk: Buffer): ChannelError | undefined {
    if (this.#pendingBytes > 0) return this.#collect(chunk);
    let offset = 0;
    while (chunk.length - offset >= PREFIX_BYTES) {
      const error = this.#checkPrefix(chunk, offset);
      if (error !== undefined) return error;
      const end = offset + PREFIX_BYTES + chunk.readUInt32BE(offset + 1);
      if (end > chunk.length) break;
      const message = chunk.subarray(offset + PREFIX_BYTES, end);
      if (chunk[offset] === 0) this.#onMessage(message);
      else {
        const inflated = this.#inflate(message);
        if (isChannelError(inflated)) return inflated;
        this.#onMessage(inflated);
      }
      offset = end;
    }
    if (offset < chunk.length) this.#keep(chunk.subarray(offset));
    return undefined;
  }

  #collect(chunk: Buffer): ChannelError | undefined {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#neededBytes) return undefined;
    const whole = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#neededBytes = PREFIX_BYTES;
    return this.push(whole);
  }

  #keep(rest: Buffer): void {
    this.#pending.push(rest);
    this.#pendingBytes = rest.length;
    this.#neededBytes = rest.length < PREFIX_BYTES ? PREFIX_BYTES : PREFIX_BYTES + rest.readUInt32BE(1);
  }

  #inflate(message: Uint8Array): Uint8Array | ChannelError {
    try {
      return decompress(message, this.encoding, this.#maxBytes);
    } catch (error) {
      return ChannelError.from(error);
    }
  }

  #checkPrefix(chunk: Buffer, offset: number): ChannelError | undefined {
    // gRPC over HTTP/2: "Compressed-Flag → 0 / 1 ; encoded as 1 byte unsigned integer".
    if ((chunk[offset] as number) > 1)
      return new ChannelError(Status.internal, `a message with Compressed-Flag ${chunk[offset]}: expected 0 or 1`);
    const length = chunk.readUInt32BE(offset + 1);
    if (length <= this.#maxBytes) return undefined;
    return new ChannelError(
      Status.resourceExhausted,
      `message of ${length} bytes is larger than maxReceiveMessageBytes (${this.#maxBytes})`,
    );
  }
}

/** A message with its prefix, in one buffer and so in one write. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}
