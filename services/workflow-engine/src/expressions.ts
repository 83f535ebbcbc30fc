import type { JsonValue } from "@bufbuild/protobuf";
import type { Account } from "./fair-permits.ts";

/** Evaluates and parses JSONata expressions, each on the account of an owner. */
export interface Expressions {
  /**
   * The value of an expression; `null` when it has none.
   *
   * @throws NodeFailure when the expression fails or takes too much; EngineEnding; the signal's reason when it fires
   */
  evaluate(expression: string, scope: EncodedScope, turn: Turn): Promise<JsonValue>;

  /**
   * The problem with the syntax of an expression, for people; `undefined` when there is none.
   *
   * @throws EngineEnding; the signal's reason when it fires
   */
  parse(expression: string, turn: Turn): Promise<string | undefined>;
}

/** The account of an expression. Owners share the processes fairly, and the runs of one owner share its part. */
export interface Turn extends Account {
  /** Drops the expression, also while it runs. */
  readonly signal: AbortSignal;
}

/** The values that an expression can read. */
export interface Scope {
  /** The output of the node before, or the value that the connection's expression made of it. */
  readonly input: JsonValue;
  /** The output of each node that has finished, by id. */
  readonly nodes: Readonly<Record<string, JsonValue>>;
  /** The output of the trigger. */
  readonly trigger: JsonValue;
}

/** A scope as JSON text. It may have megabytes, so it is encoded once, when its first expression runs. */
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
