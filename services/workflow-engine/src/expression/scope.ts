import type { JsonValue } from "@bufbuild/protobuf";

/** What an expression can see. */
export interface Scope {
  /** The value that comes in: the upstream output, or what its connection made of it. */
  readonly input: JsonValue;
  /** The output of each node that has finished, by id. */
  readonly nodes: Readonly<Record<string, JsonValue>>;
  /** The output of the trigger. */
  readonly trigger: JsonValue;
}

/** A scope as JSON text, encoded when its first expression runs and not again: it may have megabytes. */
export class EncodedScope {
  readonly #scope: Scope;
  #bytes: Uint8Array | undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= Buffer.from(JSON.stringify(this.#scope)));
  }
}
