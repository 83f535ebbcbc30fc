/** The constant fields of a method on one connection: what an encoder keeps of them between calls. */

import { fieldBytes, type HeaderField } from "./header-field.ts";
import { MAX_INTEGER_BYTES } from "./integer.ts";

/** A literal's first octet and index, the length of its name, and the length of its value. */
const MAX_LENGTHS_BYTES = 3 * MAX_INTEGER_BYTES;

const NOTHING = new Uint8Array(0);

/** Made and read by `HpackEncoder` alone: a block belongs to the dynamic table of one connection. */
export class PreparedFields {
  /** The encoder that made it. */
  readonly owner: object;
  readonly fields: readonly HeaderField[];
  /** As SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  readonly listBytes: number;
  readonly maxBytes: number;
  /** The encoded fields, for one generation of the table. */
  block: Uint8Array = NOTHING;
  generation = -1;

  constructor(owner: object, fields: readonly HeaderField[]) {
    this.owner = owner;
    this.fields = fields;
    this.listBytes = fields.reduce((sum, [name, value]) => sum + fieldBytes(name, value), 0);
    this.maxBytes = maxEncodedBytes(fields);
  }
}

/** At most so many bytes are the encoded fields: strings are Huffman-coded only if that makes them no longer. */
export function maxEncodedBytes(fields: readonly HeaderField[]): number {
  let bytes = 0;
  for (const [name, value] of fields) bytes += name.length + value.length + MAX_LENGTHS_BYTES;
  return bytes;
}
