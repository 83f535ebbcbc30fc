/**
 * Decodes the header blocks of one connection (RFC 7541 3.2 and 6). In: whole blocks, in the order in which they came. Out: lists of
 * fields. It checks no names or values, and no order of fields: RFC 9113 8 does.
 *
 *   first octet   1 index:7                  an entry of the tables
 *                 0 1 name index:6           a literal, which becomes the newest entry
 *                 0 0 1 size:5               a new size of the dynamic table, at the beginning of a block only
 *                 0 0 0 0 name index:4       a literal
 *                 0 0 0 1 name index:4       a literal that no hop may index
 *
 * Memory: the dynamic table (`maxTableBytes`), a list up to the limits, and 8/5 of a block's longest string.
 */

import { DEFAULT_HEADER_TABLE_BYTES } from "../constants.ts";
import { BlockCache } from "./block-cache.ts";
import { BlockReader } from "./block-reader.ts";
import { DynamicTable } from "./dynamic-table.ts";
import type { HeaderField } from "./header-field.ts";
import { HeaderList, type ListLimits } from "./header-list.ts";
import { compressionError, type HpackError } from "./hpack-error.ts";
import { STATIC_ENTRIES, STATIC_TABLE } from "./static-table.ts";

/** As `node:http2` has by default: much more than the headers of a call, little for a process. */
const DEFAULT_LIMITS: ListLimits = { maxHeaderListBytes: 65_536, maxStringBytes: 65_536, maxFields: 128 };

/** Limits of one decoder. What exceeds the last three refuses the list, and the connection goes on. */
export interface HpackDecoderOptions {
  /** The SETTINGS_HEADER_TABLE_SIZE of this side at the start of the connection, in bytes. Default 4,096, HTTP/2's own. */
  readonly maxTableBytes?: number | undefined;
  /** Sum over the fields of name, value and 32, as RFC 9113 6.5.2 counts. Default 65,536. */
  readonly maxHeaderListBytes?: number | undefined;
  /** Of one name or value, decoded. Default: `maxHeaderListBytes`. */
  readonly maxStringBytes?: number | undefined;
  /** Fields in a list. Default 128. */
  readonly maxFields?: number | undefined;
}

export class HpackDecoder {
  readonly #limits: ListLimits;
  readonly #table: DynamicTable;
  readonly #cache = new BlockCache();
  readonly #reader = new BlockReader();
  /** What the peer may set the table to. */
  #maxTableBytes: number;
  /** The smallest `#maxTableBytes` since the last block. */
  #smallestBytes: number;
  #failure: unknown;

  constructor(options: HpackDecoderOptions = {}) {
    const maxHeaderListBytes = options.maxHeaderListBytes ?? DEFAULT_LIMITS.maxHeaderListBytes;
    const maxFields = options.maxFields ?? DEFAULT_LIMITS.maxFields;
    this.#limits = { maxHeaderListBytes, maxStringBytes: options.maxStringBytes ?? maxHeaderListBytes, maxFields };
    this.#maxTableBytes = options.maxTableBytes ?? DEFAULT_HEADER_TABLE_BYTES;
    this.#smallestBytes = this.#maxTableBytes;
    this.#table = new DynamicTable(this.#maxTableBytes);
  }

  /** Bytes of the dynamic table, as RFC 7541 4.1 counts them. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * The peer has acknowledged SETTINGS with this SETTINGS_HEADER_TABLE_SIZE. After a reduction the next block must begin with a size
   * update (RFC 9113 4.3.1).
   */
  setMaxTableSize(bytes: number): void {
    this.#maxTableBytes = bytes;
    this.#smallestBytes = Math.min(this.#smallestBytes, bytes);
  }

  /**
   * Decodes a whole block. Equal blocks give the *same array* as long as the dynamic table stays as it is: what a caller derives from a
   * list may be kept for that object. The list must not be changed.
   * @throws HpackError After one with the scope `connection` each further call throws it again.
   */
  decode(block: Buffer): readonly HeaderField[] {
    if (this.#smallestBytes >= this.#table.maxBytes && this.#failure === undefined) {
      const fields = this.#cache.get(block, this.#table.generation);
      if (fields !== undefined) return fields;
    }
    return this.#decode(block);
  }

  #decode(block: Buffer): readonly HeaderField[] {
    if (this.#failure !== undefined) throw this.#failure;
    const { generation } = this.#table;
    const list = new HeaderList(this.#limits);
    this.#reader.open(block);
    try {
      this.#readSizeUpdates();
      while (!this.#reader.isAtEnd) list.add(this.#readField());
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#reader.close();
    }
    const fields = list.take();
    if (generation === this.#table.generation) this.#cache.add(block, generation, fields);
    return fields;
  }

  /** RFC 7541 4.2: a "dynamic table size update MUST occur at the beginning of the first header block following the change". */
  #readSizeUpdates(): void {
    // RFC 9113 4.3.1: the block "MUST" be refused "if it does not start with a conformant Dynamic Table Size Update instruction".
    let required = this.#smallestBytes < this.#table.maxBytes;
    while (!this.#reader.isAtEnd && this.#reader.peek() >>> 5 === 0b001) {
      const bytes = this.#reader.readInteger(5);
      if (bytes > this.#maxTableBytes)
        throw compressionError(`a table size of ${bytes}: expected at most ${this.#maxTableBytes}`);
      if (bytes <= this.#smallestBytes) required = false;
      this.#table.resize(bytes);
    }
    if (required) throw compressionError(`expected a table size update to at most ${this.#smallestBytes}`);
    this.#smallestBytes = this.#maxTableBytes;
  }

  #readField(): HeaderField {
    const first = this.#reader.peek();
    if (first >= 0x80) return this.#entry(this.#reader.readInteger(7));
    if (first >= 0x40) {
      const field = this.#readLiteral(6);
      this.#table.insert(field);
      return field;
    }
    if (first >= 0x20) throw compressionError("a table size update after a field");
    return this.#readLiteral(4);
  }

  #readLiteral(prefixBits: number): HeaderField {
    const index = this.#reader.readInteger(prefixBits);
    const name = index === 0 ? this.#reader.readString() : this.#entry(index)[0];
    return [name, this.#reader.readString()];
  }

  /** RFC 7541 2.3.3: the static table, then the dynamic one from its newest entry. */
  #entry(index: number): HeaderField {
    const entry = index <= STATIC_ENTRIES ? STATIC_TABLE[index - 1] : this.#table.get(index - STATIC_ENTRIES - 1);
    if (entry === undefined) throw noEntry(index, this.#table.count);
    return entry;
  }
}

/** RFC 7541 2.3.3 and 6.1: other indices, and the index 0, "MUST be treated as a decoding error". */
function noEntry(index: number, count: number): HpackError {
  return compressionError(`index ${index}: the tables have 1 to ${STATIC_ENTRIES + count}`);
}
