/**
 * Decoded blocks by their bytes. A server repeats the same few blocks on a connection; each is decoded once, and everything that is
 * derived from its list can be kept with the list, which is always the same object.
 *
 * A block's meaning depends on the dynamic table. So an entry holds for one generation of the table, and a block that changes the
 * table is never added.
 */

import type { HeaderField } from "./header-field.ts";

/** A power of two. A gRPC server has about four blocks: headers, trailers, and those of its errors. */
const SLOTS = 16;

/** The first block of a connection is longer, with its fields as literals; it changes the table and does not come again. */
const MAX_BLOCK_BYTES = 128;

/** Of a slot's buffer at first. Most blocks are shorter, and V8 keeps so few bytes in the object. */
const MIN_BLOCK_BYTES = 32;

/** What a slot holds. Its buffer is used again: a block that never comes again costs a copy, and rarely an allocation. */
interface Decoded {
  block: Uint8Array;
  blockBytes: number;
  generation: number;
  fields: readonly HeaderField[];
}

export class BlockCache {
  readonly #slots = new Array<Decoded | undefined>(SLOTS).fill(undefined);

  get(block: Uint8Array, generation: number): readonly HeaderField[] | undefined {
    const decoded = this.#slots[slotOf(block)];
    if (decoded === undefined || decoded.generation !== generation || !isAt(decoded, block)) return undefined;
    return decoded.fields;
  }

  /** Copies `block`, which is part of a chunk. */
  add(block: Uint8Array, generation: number, fields: readonly HeaderField[]): void {
    if (block.length > MAX_BLOCK_BYTES) return;
    const slot = slotOf(block);
    const decoded = (this.#slots[slot] ??= emptySlot());
    if (block.length > decoded.block.length) decoded.block = new Uint8Array(MAX_BLOCK_BYTES);
    decoded.block.set(block);
    decoded.blockBytes = block.length;
    decoded.generation = generation;
    decoded.fields = fields;
  }
}

function emptySlot(): Decoded {
  return { block: new Uint8Array(MIN_BLOCK_BYTES), blockBytes: 0, generation: -1, fields: [] };
}

function slotOf(block: Uint8Array): number {
  return (block.length + 3 * (block[block.length - 1] ?? 0)) & (SLOTS - 1);
}

function isAt({ block: known, blockBytes }: Decoded, block: Uint8Array): boolean {
  if (blockBytes !== block.length) return false;
  for (let i = 0; i < blockBytes; i++) if (known[i] !== block[i]) return false;
  return true;
}
