/**
 * The dynamic table of RFC 7541 2.3.2, for both directions: a queue of fields with a bound on their bytes. In: new entries, and the
 * bound. Out: entries by their number. An entry keeps its number while it is in the table; HPACK's index counts backwards from
 * the newest one.
 *
 *   number   inserted − count        …         inserted − 1
 *             oldest, evicted first                  newest, index 62
 */

import { fieldBytes, type HeaderField } from "./header-field.ts";

/** Entries of the first ring, which doubles when it is full. A gRPC connection has about ten. */
const FIRST_CAPACITY = 16;

export class DynamicTable {
  /** An entry's slot is its number modulo the ring's length, which is a power of two. */
  #ring: (HeaderField | undefined)[] = [];
  #count = 0;
  #bytes = 0;
  #maxBytes: number;
  #inserted = 0;
  #generation = 0;
  readonly #onEvict: (field: HeaderField, number: number) => void;

  constructor(maxBytes: number, onEvict: (field: HeaderField, number: number) => void = () => {}) {
    this.#maxBytes = maxBytes;
    this.#onEvict = onEvict;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Sum of the sizes of the entries. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** How many entries have ever been inserted: the number of the next one. */
  get inserted(): number {
    return this.#inserted;
  }

  /** Differs after every change: as long as it stays, each index means the same entry. */
  get generation(): number {
    return this.#generation;
  }

  /** The entry that `distance` insertions have followed: 0 is the newest one. Undefined beyond the oldest. */
  get(distance: number): HeaderField | undefined {
    if (distance >= this.#count) return undefined;
    return this.#ring[(this.#inserted - 1 - distance) & (this.#ring.length - 1)];
  }

  /**
   * RFC 7541 4.4: entries are evicted "until the size of the dynamic table is less than or equal to (maximum size - new entry
   * size)"; an entry larger than the maximum empties the table and is "not an error".
   */
  insert(field: HeaderField): void {
    const bytes = fieldBytes(field[0], field[1]);
    this.#generation++;
    this.#evictTo(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#inserted++ & (this.#ring.length - 1)] = field;
    this.#count++;
    this.#bytes += bytes;
  }

  /** RFC 7541 4.3: "entries are evicted from the end of the dynamic table until the size … is less than or equal to" it. */
  resize(maxBytes: number): void {
    this.#generation++;
    this.#maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes && this.#count > 0) {
      const number = this.#inserted - this.#count;
      const slot = number & (this.#ring.length - 1);
      const field = this.#ring[slot] as HeaderField;
      this.#ring[slot] = undefined;
      this.#count--;
      this.#bytes -= fieldBytes(field[0], field[1]);
      this.#onEvict(field, number);
    }
  }

  #grow(): void {
    const ring = new Array<HeaderField | undefined>(Math.max(FIRST_CAPACITY, 2 * this.#ring.length));
    for (let number = this.#inserted - this.#count; number < this.#inserted; number++)
      ring[number & (ring.length - 1)] = this.#ring[number & (this.#ring.length - 1)];
    this.#ring = ring;
  }
}
