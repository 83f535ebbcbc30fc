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
/** A copy of the current read from `blockStart` to `blockEnd`. The byte at offset 0 of the read would be at `blockOffset` of the buffer. */
let blockBuffer = NOTHING.buffer;
let blockOffset = 0;
let blockStart = 0;
let blockEnd = 0;

type BufferOf = new (bytes: ArrayBufferLike, offset: number, length: number) => Buffer;

/** What makes a `Buffer` in half the time of `subarray`, which checks its bounds again, and asks the block for its `ArrayBuffer` by a call into C++. */
const KeptBytes = (Buffer as unknown as Readonly<Record<typeof Symbol.species, BufferOf>>)[Symbol.species];

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
    blockStart = 0;
    blockEnd = 0;
    this.receiver(current);
    return true;
  }
}

/** The bytes of `chunk` from `start` to `end`, which stay valid: a copy if `chunk` is a view of the shared buffer. */
export function keep(chunk: Buffer, start: number, end: number): Buffer {
  if (chunk !== current) return keepOther(chunk, start, end);
  if (start < blockStart || end > blockEnd) copyBlock(start, end);
  return new KeptBytes(blockBuffer, blockOffset + start, end - start);
}

/** Not the chunk of this read as it came: a part of it, or a chunk that belongs to the connection. */
function keepOther(chunk: Buffer, start: number, end: number): Buffer {
  if (chunk.buffer !== shared?.buffer) return chunk.subarray(start, end);
  return keep(current, chunk.byteOffset + start, chunk.byteOffset + end);
}

/** Copies at least the bytes from `from` to `to`. */
function copyBlock(from: number, to: number): void {
  blockStart = from;
  blockEnd = Math.max(to, Math.min(current.length, from + BLOCK_BYTES));
  const block = Buffer.allocUnsafe(blockEnd - blockStart);
  current.copy(block, 0, blockStart, blockEnd);
  blockBuffer = block.buffer;
  blockOffset = block.byteOffset - blockStart;
}
