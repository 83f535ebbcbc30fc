/**
 * The frames between the engine and an expression process: a length, and that many bytes.
 *
 *   0         4
 *   ┌─────────┬───────────────┐
 *   │ length  │ bytes …       │   length: unsigned, big endian
 *   └─────────┴───────────────┘
 *
 * A question is two frames of JSON, the job and the scope: a scope is encoded once for all expressions that read it. An
 * answer is one frame of JSON.
 */

const HEADER_BYTES = 4;

export function frameHeader(body: Uint8Array): Uint8Array {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(body.byteLength);
  return header;
}

/** Assembles frames from the chunks of a stream. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #needed = HEADER_BYTES;

  /** `maxBytes`: the longest frame. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The bodies of the frames that this chunk completes.
   *
   * @throws RangeError for a frame above the limit; the rest of the stream cannot be read
   */
  push(chunk: Uint8Array): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes < this.#needed) return []; // a large frame is assembled once, and not with each chunk
    let rest = Buffer.concat(this.#chunks);
    const frames: Buffer[] = [];
    for (;;) {
      this.#needed = HEADER_BYTES;
      if (rest.byteLength < this.#needed) break;
      const length = rest.readUInt32BE(0);
      if (length > this.#maxBytes) throw new RangeError(`a frame of ${length} bytes, at most ${this.#maxBytes}`);
      this.#needed += length;
      if (rest.byteLength < this.#needed) break;
      frames.push(rest.subarray(HEADER_BYTES, this.#needed));
      rest = rest.subarray(this.#needed);
    }
    this.#chunks = [rest];
    this.#bytes = rest.byteLength;
    return frames;
  }
}
