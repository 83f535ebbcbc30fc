/**
 * Reads the sockets of clients into one buffer of the process. In: what Node reads for a socket that was opened with `onread`. Out: a
 * view of the buffer for the connection. A connection that waits holds no buffer, and a read allocates none: Node allocates 64 KiB for each
 * read otherwise, which costs more than a small call and fragments the heap of malloc.
 *
 * The bytes are valid until the connection has read them. What stays longer is copied by `keep`, small messages of one read together.
 * Node reads one socket after another, and never while a listener runs.
 */

/** A message of 1 MiB takes 4 reads. Node's own reads are of 64 KiB. */
const BUFFER_BYTES = 262_144;

/** What `keep` copies at once: about a hundred small messages. It comes from the pool of Node's buffers, which costs a tenth of a fresh one. */
const BLOCK_BYTES = 16_384;

const NOTHING: Buffer = Buffer.alloc(0);

let shared: Buffer | undefined;
/** The bytes of the current read. */
let current = NOTHING;
/** A copy of the current read from `blockStart` to `blockEnd`. */
let block = NOTHING;
let blockStart = 0;
let blockEnd = 0;

/** The reads of one connection: `onread` is for the options of `net.connect`, the object itself for those of the connection. */
export class SharedReads {
  /** Receives each read. The bytes are valid until it returns. */
  receiver: (chunk: Buffer) => void = () => {};
  readonly onread: { readonly buffer: Buffer; readonly callback: (bytes: number, buffer: Uint8Array) => boolean };

  constructor() {
    const buffer = (shared ??= Buffer.allocUnsafeSlow(BUFFER_BYTES));
    this.onread = { buffer, callback: (bytes) => this.#didRead(buffer, bytes) };
  }

  /** True: Node reads on. */
  #didRead(buffer: Buffer, bytes: number): boolean {
    current = buffer.subarray(0, bytes);
    block = NOTHING;
    blockStart = 0;
    blockEnd = 0;
    this.receiver(current);
    return true;
  }
}

/** The bytes of `chunk` from `start` to `end`, which stay valid: a copy if `chunk` is a view of the shared buffer. */
export function keep(chunk: Buffer, start: number, end: number): Buffer {
  // It is nearly always the chunk of this read. `buffer` is a call into C++, and two of them cost a tenth of all that a small message costs.
  if (chunk !== current && chunk.buffer !== shared?.buffer) return chunk.subarray(start, end);
  const from = chunk.byteOffset + start;
  const to = chunk.byteOffset + end;
  if (from < blockStart || to > blockEnd) copyBlock(from, to);
  return block.subarray(from - blockStart, to - blockStart);
}

/** Copies at least the bytes from `from` to `to`. */
function copyBlock(from: number, to: number): void {
  blockStart = from;
  blockEnd = Math.max(to, Math.min(current.length, from + BLOCK_BYTES));
  block = Buffer.allocUnsafe(blockEnd - blockStart);
  current.copy(block, 0, blockStart, blockEnd);
}
