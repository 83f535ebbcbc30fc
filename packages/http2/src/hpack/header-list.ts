/**
 * Collects the fields of one block up to the limits. Above them it drops the list and goes on counting nothing: the block must be
 * decoded to its end all the same, for the dynamic table.
 */

import { fieldBytes, type HeaderField } from "./header-field.ts";
import { HpackError } from "./hpack-error.ts";

/** What a list may have. */
export interface ListLimits {
  readonly maxHeaderListBytes: number;
  readonly maxStringBytes: number;
  readonly maxFields: number;
}

export class HeaderList {
  readonly #limits: ListLimits;
  #fields: HeaderField[] = [];
  #bytes = 0;
  #excess: string | undefined;

  constructor(limits: ListLimits) {
    this.#limits = limits;
  }

  add(field: HeaderField): void {
    if (this.#excess !== undefined) return;
    const [name, value] = field;
    const { maxHeaderListBytes, maxStringBytes, maxFields } = this.#limits;
    this.#bytes += fieldBytes(name, value);
    if (this.#bytes > maxHeaderListBytes) return this.#drop(`maxHeaderListBytes (${maxHeaderListBytes})`);
    if (this.#fields.length === maxFields) return this.#drop(`maxFields (${maxFields})`);
    if (name.length > maxStringBytes || value.length > maxStringBytes)
      return this.#drop(`maxStringBytes (${maxStringBytes})`);
    this.#fields.push(field);
  }

  /** @throws HpackError of the scope `stream` when a limit was exceeded. */
  take(): readonly HeaderField[] {
    if (this.#excess !== undefined) throw new HpackError("stream", `the header list exceeds ${this.#excess}`);
    return this.#fields;
  }

  #drop(excess: string): void {
    this.#excess = excess;
    this.#fields = [];
  }
}
