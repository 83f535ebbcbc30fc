/**
 * Reads the primitives of RFC 7541 5 from one header block: integers and strings. Throws `HpackError` when the block ends too
 * early or a primitive is malformed.
 */

import { compressionError } from "./hpack-error.ts";
import { decodeHuffman, maxDecodedBytes } from "./huffman-decode.ts";
import { MAX_INTEGER_BYTES } from "./integer.ts";
import { knownString } from "./known-strings.ts";
import { readLatin1 } from "./latin1.ts";

const NOTHING = Buffer.alloc(0);

/** RFC 7541 5.2: the bit H, "whether or not the octets of the string are Huffman encoded". */
const HUFFMAN = 0x80;

/** Longer strings are decoded into a buffer that is released afterwards. */
const SCRATCH_BYTES = 1_024;
/** Shared by all connections: a string leaves it before the next one is read. */
const SCRATCH = Buffer.alloc(SCRATCH_BYTES);

export class BlockReader {
  #bytes: Buffer = NOTHING;
  #at = 0;

  /** Starts at the first octet of `block`. */
  open(block: Buffer): void {
    this.#bytes = block;
    this.#at = 0;
  }

  /** Lets go of the block, which may be part of a large chunk. */
  close(): void {
    this.#bytes = NOTHING;
    this.#at = 0;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next octet, which stays the next one. Not at the end. */
  peek(): number {
    return this.#bytes[this.#at] as number;
  }

  /** RFC 7541 5.1, with a prefix of `prefixBits` bits: see the drawing in integer.ts. */
  readInteger(prefixBits: number): number {
    if (this.#at >= this.#bytes.length) throw truncated();
    const full = (1 << prefixBits) - 1;
    const value = (this.#bytes[this.#at++] as number) & full;
    return value < full ? value : this.#readRest(full);
  }

  /** "Integer encodings that exceed implementation limits -- in value or octet length -- MUST be treated as decoding errors." */
  #readRest(full: number): number {
    let value = full;
    for (let shift = 0; shift < 7 * (MAX_INTEGER_BYTES - 1); shift += 7) {
      if (this.#at >= this.#bytes.length) throw truncated();
      const octet = this.#bytes[this.#at++] as number;
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    throw compressionError(`an integer has more than ${MAX_INTEGER_BYTES} octets`);
  }

  /** RFC 7541 5.2. At most 8/5 times as long as its octets in the block. */
  readString(): string {
    if (this.#at >= this.#bytes.length) throw truncated();
    const huffman = this.peek() >= HUFFMAN;
    const length = this.readInteger(7);
    const from = this.#at;
    const to = from + length;
    if (to > this.#bytes.length) throw truncated();
    this.#at = to;
    const known = knownString(this.#bytes, from, to, huffman);
    if (known !== undefined) return known;
    return huffman ? this.#decode(from, to) : readLatin1(this.#bytes, from, to);
  }

  #decode(from: number, to: number): string {
    const space = maxDecodedBytes(to - from);
    const into = space <= SCRATCH_BYTES ? SCRATCH : Buffer.allocUnsafeSlow(space);
    const length = decodeHuffman(this.#bytes, from, to, into);
    if (length < 0) throw compressionError("a string has EOS or a wrong padding");
    return readLatin1(into, 0, length);
  }
}

function truncated(): Error {
  return compressionError("the header block ends inside a field");
}
