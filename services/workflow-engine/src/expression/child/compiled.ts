import jsonata, { type Expression } from "jsonata";

/** Text of the kept expressions together, in characters. Their parsed form takes about a hundred times as many bytes: 1.6 MiB. */
const MAX_KEPT_CHARACTERS = 16 * 1024;

/**
 * Parsed expressions, the latest used ones: parsing takes ten times the CPU of a small evaluation. An evaluation leaves nothing in them,
 * because jsonata makes a new frame of variables for each.
 */
export class CompiledExpressions {
  /** By their text, in the order of their last use. */
  readonly #kept = new Map<string, Expression>();
  #characters = 0;

  /** @throws the error of jsonata for an expression that it cannot parse */
  of(text: string): Expression {
    const compiled = this.#kept.get(text) ?? jsonata(text);
    if (this.#kept.delete(text)) this.#characters -= text.length;
    this.#keep(text, compiled);
    return compiled;
  }

  #keep(text: string, compiled: Expression): void {
    this.#kept.set(text, compiled);
    this.#characters += text.length;
    for (const [oldest] of this.#kept) {
      if (this.#characters <= MAX_KEPT_CHARACTERS) return;
      this.#kept.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
