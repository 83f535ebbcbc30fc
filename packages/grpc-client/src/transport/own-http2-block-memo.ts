/**
 * What is read from a header block, kept for the next stream. A server repeats its blocks, and the decoder of `@agent-team/http2` gives
 * equal ones as the same list.
 */

import type { HeaderField } from "@agent-team/http2";

export class BlockMemo<T> {
  readonly #read: (flat: readonly string[]) => T;
  #fields: readonly HeaderField[] | undefined;
  #value: T | undefined;

  /** `read` gets names and values in turns. Its result is shared by streams. */
  constructor(read: (flat: readonly string[]) => T) {
    this.#read = read;
  }

  of(fields: readonly HeaderField[]): T {
    if (fields !== this.#fields) {
      this.#value = this.#read(fields.flat());
      this.#fields = fields;
    }
    return this.#value as T;
  }
}
