/**
 * An encoder's dynamic table with both tables' indices by name and value. In: the fields that are inserted. Out: what HPACK may write
 * instead of a field, or of its name.
 */

import { DynamicTable } from "./dynamic-table.ts";
import { fieldBytes, type HeaderField } from "./header-field.ts";
import { STATIC_ENTRIES, STATIC_TABLE } from "./static-table.ts";

/** One name of a table, and where its values are. Most names have one value, for which a Map would cost 180 bytes on each connection. */
class Name {
  /** Its first index, or its newest number. */
  at: number;
  /** The value that was set first and has not been deleted since. */
  #value: string | undefined;
  #valueAt: number;
  /** Of its further values. */
  #others: Map<string, number> | undefined;

  constructor(value: string, at: number) {
    this.at = at;
    this.#value = value;
    this.#valueAt = at;
  }

  get(value: string): number | undefined {
    return value === this.#value ? this.#valueAt : this.#others?.get(value);
  }

  set(value: string, at: number): void {
    if (value === this.#value) this.#valueAt = at;
    else (this.#others ??= new Map()).set(value, at);
  }

  delete(value: string): void {
    if (value === this.#value) this.#value = undefined;
    else this.#others?.delete(value);
  }
}

const STATIC_NAMES: ReadonlyMap<string, Name> = indexStaticTable();

export class FieldIndex {
  readonly #table: DynamicTable;
  /** Of the dynamic table; `at` and the values are numbers of entries. */
  readonly #names = new Map<string, Name>();

  constructor(maxBytes: number) {
    this.#table = new DynamicTable(maxBytes, (field, number) => this.#forget(field, number));
  }

  get maxBytes(): number {
    return this.#table.maxBytes;
  }

  /** As long as it stays, each field has the same index. */
  get generation(): number {
    return this.#table.generation;
  }

  /** The index of a field; negative, that of an entry with its name only; 0 if there is neither. */
  find(name: string, value: string): number {
    const fixed = STATIC_NAMES.get(name);
    const index = fixed?.get(value);
    if (index !== undefined) return index;
    const inserted = this.#names.get(name);
    const number = inserted?.get(value);
    if (number !== undefined) return this.#indexOf(number);
    if (fixed !== undefined) return -fixed.at;
    return inserted === undefined ? 0 : -this.#indexOf(inserted.at);
  }

  /** Whether the field can be inserted without an eviction. */
  hasRoom(name: string, value: string): boolean {
    return this.#table.bytes + fieldBytes(name, value) <= this.#table.maxBytes;
  }

  insert(field: HeaderField): void {
    const [name, value] = field;
    const number = this.#table.inserted;
    this.#table.insert(field);
    if (this.#table.inserted === number) return; // larger than the table
    const known = this.#names.get(name);
    if (known === undefined) {
      this.#names.set(name, new Name(value, number));
    } else {
      known.at = number;
      known.set(value, number);
    }
  }

  resize(maxBytes: number): void {
    this.#table.resize(maxBytes);
  }

  #indexOf(number: number): number {
    return STATIC_ENTRIES + this.#table.inserted - number;
  }

  /** An equal field may have been inserted again meanwhile; then the newer one counts. */
  #forget([name, value]: HeaderField, number: number): void {
    const known = this.#names.get(name);
    if (known === undefined) return;
    if (known.get(value) === number) known.delete(value);
    if (known.at === number) this.#names.delete(name);
  }
}

function indexStaticTable(): ReadonlyMap<string, Name> {
  const names = new Map<string, Name>();
  for (const [i, [name, value]] of STATIC_TABLE.entries()) {
    const known = names.get(name);
    if (known === undefined) names.set(name, new Name(value, i + 1));
    else known.set(value, i + 1);
  }
  return names;
}
