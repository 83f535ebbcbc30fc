/**
 * Data of one stream that waits for its listener. In: parts, as frames and chunks cut them. Out: the same bytes in order, in fewer parts.
 *
 * A part is a view of the chunk that the socket has read, so that one byte can keep 64 KiB alive, and the view itself costs about a
 * hundred bytes. Small parts are therefore copied together: what waits takes at most a few times the bytes that the window admits,
 * however the peer cuts them.
 */

/** Below this a view costs a good part of what it shows. */
const SMALL_PART_BYTES = 1_024;

/** A part that is less than this of its chunk is copied, too: the rest of the chunk is probably not needed any more. */
const MIN_USED_RATIO = 1 / 4;

/** What small parts are copied into: blocks as large as all that waits already, within these bounds. */
const MIN_BLOCK_BYTES = 1_024;
const MAX_BLOCK_BYTES = 16_384;

export class UnreadData {
  readonly #parts: Buffer[] = [];
  /** Behind the parts: small ones, of which there may be more. */
  #block: Buffer | undefined;
  #blockBytes = 0;
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `part` is not empty, and belongs to this object from now on. */
  push(part: Buffer): void {
    if (isSmall(part)) this.#copy(part);
    else {
      this.#closeBlock();
      this.#parts.push(part);
    }
    this.#bytes += part.length;
  }

  /** Takes the first part out. Undefined: nothing waits. */
  shift(): Buffer | undefined {
    if (this.#parts.length === 0) this.#closeBlock();
    const part = this.#parts.shift();
    if (part !== undefined) this.#bytes -= part.length;
    return part;
  }

  #copy(part: Buffer): void {
    if (this.#block === undefined || this.#blockBytes + part.length > this.#block.length) {
      this.#closeBlock();
      const bytes = Math.min(MAX_BLOCK_BYTES, Math.max(MIN_BLOCK_BYTES, this.#bytes));
      this.#block = Buffer.allocUnsafeSlow(Math.max(bytes, part.length));
    }
    this.#block.set(part, this.#blockBytes);
    this.#blockBytes += part.length;
  }

  #closeBlock(): void {
    if (this.#block !== undefined) this.#parts.push(this.#block.subarray(0, this.#blockBytes));
    this.#block = undefined;
    this.#blockBytes = 0;
  }
}

function isSmall(part: Buffer): boolean {
  return part.length < SMALL_PART_BYTES || part.length < MIN_USED_RATIO * part.buffer.byteLength;
}
