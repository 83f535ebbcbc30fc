/**
 * Encodes the header blocks of one connection (RFC 7541 6). In: lists of fields, and the peer's SETTINGS_HEADER_TABLE_SIZE. Out: blocks,
 * which must reach the peer in the order in which they were encoded. It checks no names and no values; of a character above U+00FF it
 * writes the low byte.
 *
 * The constant fields of a method are prepared: their bytes are kept, and are good as long as the dynamic table stays as it is. After a
 * few calls the table stays (see indexing.ts), and a method costs one byte for each constant field.
 */

import { DEFAULT_HEADER_TABLE_BYTES } from "../constants.ts";
import { FieldIndex } from "./field-index.ts";
import type { HeaderField } from "./header-field.ts";
import { huffmanBytes, writeHuffman } from "./huffman-encode.ts";
import { INDEX_CONSTANTS, type Indexing, IndexRepeated, type Literal } from "./indexing.ts";
import { MAX_INTEGER_BYTES, writeInteger } from "./integer.ts";
import { writeLatin1 } from "./latin1.ts";
import { maxEncodedBytes, PreparedFields } from "./prepared-fields.ts";

/** RFC 7541 4.2: "at most two dynamic table size updates". */
const MAX_UPDATES_BYTES = 2 * MAX_INTEGER_BYTES;

const MAX_COPIED_BY_LOOP = 32;

/** RFC 7541 6.2: the pattern above the index of a name, and the bits of that index. */
const LITERALS: Readonly<Record<Literal, readonly [pattern: number, prefixBits: number]>> = {
  indexed: [0x40, 6],
  "not-indexed": [0x00, 4],
  "never-indexed": [0x10, 4],
};

/** Options of an encoder. */
export interface HpackEncoderOptions {
  /**
   * Bytes of the dynamic table, as RFC 7541 4.1 counts them, if the peer admits as many: memory of both sides. Default 4,096, which is what
   * a peer admits until its SETTINGS say otherwise.
   */
  readonly maxTableBytes?: number | undefined;
  /** Which fields of a call are inserted. Default: those that come again. */
  readonly indexing?: Indexing | undefined;
  /** Whether fields that are inserted are Huffman-coded. Others are not: they would cost it in each call. Default true. */
  readonly huffman?: boolean | undefined;
}

export class HpackEncoder {
  readonly #index = new FieldIndex(DEFAULT_HEADER_TABLE_BYTES);
  readonly #indexing: Indexing;
  readonly #huffman: boolean;
  readonly #maxTableBytes: number;
  /** The size of the table from the next block on, and the smallest one that was set since the last block. */
  #nextTableBytes: number;
  #smallestTableBytes: number;

  constructor(options: HpackEncoderOptions = {}) {
    this.#maxTableBytes = options.maxTableBytes ?? DEFAULT_HEADER_TABLE_BYTES;
    this.#indexing = options.indexing ?? new IndexRepeated();
    this.#huffman = options.huffman ?? true;
    this.#nextTableBytes = Math.min(this.#maxTableBytes, DEFAULT_HEADER_TABLE_BYTES);
    this.#smallestTableBytes = this.#nextTableBytes;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE has come. */
  setMaxTableSize(bytes: number): void {
    this.#nextTableBytes = Math.min(bytes, this.#maxTableBytes);
    this.#smallestTableBytes = Math.min(this.#smallestTableBytes, this.#nextTableBytes);
  }

  /** `fields` must not change afterwards. They are good for blocks of this encoder alone. */
  prepare(fields: readonly HeaderField[]): PreparedFields {
    return new PreparedFields(this, fields);
  }

  /** A block with the prepared fields, then the others. */
  encode(fields: readonly HeaderField[], prepared?: PreparedFields): Buffer {
    const block = Buffer.allocUnsafe(this.maxEncodedBytes(fields, prepared));
    return block.subarray(0, this.encodeInto(block, 0, fields, prepared));
  }

  /** The most that {@link encodeInto} writes. Ask before: a block that was encoded must be sent. */
  maxEncodedBytes(fields: readonly HeaderField[], prepared?: PreparedFields): number {
    return MAX_UPDATES_BYTES + (prepared === undefined ? 0 : prepared.maxBytes) + maxEncodedBytes(fields);
  }

  /** Like {@link encode}, into space of the caller: {@link maxEncodedBytes} bytes at `offset`. Returns the offset after the block. */
  encodeInto(into: Buffer, offset: number, fields: readonly HeaderField[], prepared?: PreparedFields): number {
    let at = offset;
    if (this.#smallestTableBytes !== this.#index.maxBytes || this.#nextTableBytes !== this.#index.maxBytes)
      at = this.#writeSizeUpdates(into, at);
    if (prepared !== undefined) at = this.#writePrepared(into, at, prepared);
    for (const field of fields) at = this.#writeField(into, at, field, this.#indexing);
    return at;
  }

  /**
   * RFC 7541 4.2: "the smallest maximum size that occurs in that interval MUST be signaled … The final maximum size is always signaled,
   * resulting in at most two dynamic table size updates".
   */
  #writeSizeUpdates(into: Uint8Array, offset: number): number {
    let at = offset;
    if (this.#smallestTableBytes < this.#nextTableBytes && this.#smallestTableBytes < this.#index.maxBytes)
      at = this.#writeSizeUpdate(into, at, this.#smallestTableBytes);
    at = this.#writeSizeUpdate(into, at, this.#nextTableBytes);
    this.#smallestTableBytes = this.#nextTableBytes;
    return at;
  }

  #writeSizeUpdate(into: Uint8Array, offset: number, bytes: number): number {
    this.#index.resize(bytes);
    return writeInteger(into, offset, 0x20, 5, bytes);
  }

  #writePrepared(into: Buffer, offset: number, prepared: PreparedFields): number {
    const { block } = prepared;
    if (prepared.generation !== this.#index.generation) return this.#encodePrepared(into, offset, prepared);
    // A loop beats `set` up to about 30 bytes, and the block of a method that is in the table has about 8.
    if (block.length > MAX_COPIED_BY_LOOP) into.set(block, offset);
    else for (let i = 0; i < block.length; i++) into[offset + i] = block[i] as number;
    return offset + block.length;
  }

  /** The bytes are kept if writing them changed nothing: then they are right the next time, too. */
  #encodePrepared(into: Buffer, offset: number, prepared: PreparedFields): number {
    if (prepared.owner !== this)
      throw new Error("fields that another encoder prepared: expected those of this connection");
    const { generation } = this.#index;
    let at = offset;
    for (const field of prepared.fields) at = this.#writeField(into, at, field, INDEX_CONSTANTS);
    if (generation === this.#index.generation) {
      prepared.block = Uint8Array.prototype.slice.call(into, offset, at);
      prepared.generation = generation;
    }
    return at;
  }

  #writeField(into: Buffer, offset: number, field: HeaderField, indexing: Indexing): number {
    const [name, value] = field;
    const index = this.#index.find(name, value);
    if (index > 0) return writeInteger(into, offset, 0x80, 7, index);
    const literal = indexing.choose(name, value, index < 0, this.#index.hasRoom(name, value));
    const isStored = literal === "indexed";
    const [pattern, prefixBits] = LITERALS[literal];
    let at = writeInteger(into, offset, pattern, prefixBits, -index);
    if (index === 0) at = this.#writeString(into, at, name, isStored);
    at = this.#writeString(into, at, value, isStored);
    if (isStored) this.#index.insert(field);
    return at;
  }

  /** RFC 7541 5.2: the bit H, the length, the octets. */
  #writeString(into: Buffer, offset: number, text: string, isStored: boolean): number {
    if (isStored && this.#huffman) {
      const bytes = huffmanBytes(text);
      if (bytes <= text.length) return writeHuffman(into, writeInteger(into, offset, 0x80, 7, bytes), text);
    }
    return writeLatin1(into, writeInteger(into, offset, 0, 7, text.length), text);
  }
}
