/**
 * The fields that all requests of a method have, made once for all connections of a channel. In: the method's path. Out: its fields in the
 * order in which they are sent.
 */

import type { HeaderField } from "@agent-team/http2";

/** Methods whose fields are kept, here and encoded on each connection. A client has some dozens; a proxy may have any number. */
export const MAX_METHODS = 1_024;

export class MethodFields {
  readonly #method: HeaderField;
  readonly #others: readonly HeaderField[];
  readonly #fields = new Map<string, readonly HeaderField[]>();

  /** `base`: what `baseHeaders` gives. `:method` is the first of it. */
  constructor(base: Readonly<Record<string, string>>) {
    const [method, ...others] = Object.entries(base);
    this.#method = method as HeaderField;
    this.#others = others;
  }

  /** The same list each time. */
  of(path: string): readonly HeaderField[] {
    const known = this.#fields.get(path);
    if (known !== undefined) return known;
    if (this.#fields.size >= MAX_METHODS) this.#fields.clear();
    const fields: readonly HeaderField[] = [this.#method, [":path", path], ...this.#others];
    this.#fields.set(path, fields);
    return fields;
  }
}
