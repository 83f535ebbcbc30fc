/**
 * One message on the socket: a JSON header and bytes.
 *
 *    0               4                8
 *   ┌───────────────┬────────────────┬──────────────────┬─────────────────────┐
 *   │ length of all │ header length  │ header (JSON)    │ body (bytes)        │
 *   │ that follows  │ (big-endian    │                  │                     │
 *   │ (uint32)      │  uint32)       │                  │                     │
 *   └───────────────┴────────────────┴──────────────────┴─────────────────────┘
 */
export interface Frame {
  readonly header: unknown;
  readonly body: Uint8Array;
}

/** Above it a peer is not ours, or broken. The largest frame that is: a page of 1 MiB and one document of 8 MiB, and keys. */
const maxFrameBytes = 16 * 1024 * 1024;

const prefixBytes = 8;

export function encodeFrame({ header, body }: Frame): Uint8Array {
  const headerBytes = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(prefixBytes - 4 + headerBytes.byteLength + body.byteLength, 0);
  prefix.writeUInt32BE(headerBytes.byteLength, 4);
  return Buffer.concat([prefix, headerBytes, body]);
}

/** Cuts what a socket brings into frames. Throws when the bytes cannot be ours; the connection is then of no use. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;

  /** The frames that `chunk` completes, in order. */
  push(chunk: Buffer): readonly Frame[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    const frames: Frame[] = [];
    for (let size = this.#nextSize(); size !== undefined && this.#buffered >= size; size = this.#nextSize()) {
      const all = this.#joined();
      frames.push(decode(all.subarray(0, size)));
      this.#chunks = [all.subarray(size)];
      this.#buffered = all.byteLength - size;
    }
    return frames;
  }

  #nextSize(): number | undefined {
    if (this.#buffered < prefixBytes) return undefined;
    // A large frame comes in many chunks: look at its prefix without joining them each time.
    const first = this.#chunks[0];
    const head = first !== undefined && first.byteLength >= prefixBytes ? first : this.#joined();
    const length = head.readUInt32BE(0);
    if (length < prefixBytes - 4 || length > maxFrameBytes) throw new Error(`a frame of ${length} bytes`);
    return length + 4;
  }

  #joined(): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    if (all !== undefined) return all;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

function decode(frame: Buffer): Frame {
  const headerEnd = prefixBytes + frame.readUInt32BE(4);
  if (headerEnd > frame.byteLength) throw new Error("a header longer than its frame");
  return {
    header: JSON.parse(frame.toString("utf8", prefixBytes, headerEnd)) as unknown,
    body: frame.subarray(headerEnd),
  };
}
