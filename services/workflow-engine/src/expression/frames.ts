/**
 * What travels between the engine and an expression process: frames of a length and so many bytes.
 *
 *   0         4
 *   ┌─────────┬───────────────┐
 *   │ length  │ bytes …       │   length: unsigned, big endian
 *   └─────────┴───────────────┘
 *
 * A question is two frames, the job and the scope, so that a scope is encoded once for all expressions that see it. An
 * answer is one. All are JSON.
 */

const HEADER_BYTES = 4;

export function frameHeader(body: Uint8Array): Uint8Array {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(body.byteLength);
  return header;
}

/** Puts frames together again from the chunks in which they arrive. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #needed = HEADER_BYTES;

  /** `maxBytes`: of one frame. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The bodies of the frames that are complete with this chunk.
   *
   * @throws RangeError for a frame above the limit; the stream cannot be read any further
   */
  push(chunk: Uint8Array): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes < this.#needed) return []; // a large frame is put together once, and not with each chunk
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
