import { randomUUID } from "node:crypto";

const REFERENCE = /\{\{secret:([^}]*)\}\}/g;

/**
 * Marks for the secrets that a configuration names itself. Data that a run computes or receives may contain the text of a reference,
 * which must stay a text: so only a reference as it is written in the workflow becomes a mark, and nobody can guess one. A mark has
 * letters, digits and _ alone, and survives URLs, headers and JSON.
 */
export class SecretMarks {
  #isUsed = false;
  readonly #nonce: string = randomUUID().replaceAll("-", "");
  #compiled: RegExp | undefined;

  /** The text with a mark for each reference. A reference whose name no secret can have stays. */
  mark(text: string): string {
    this.#isUsed = true;
    return text.replaceAll(REFERENCE, (reference, name: string) =>
      /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? `__secret_${name}_${this.#nonce}__` : reference,
    );
  }

  /** The names of the marked secrets, each once. */
  namesIn(text: string): readonly string[] {
    return [...new Set([...text.matchAll(this.#pattern)].map(([, name = ""]) => name))];
  }

  /** Made when the first text is looked at: most nodes have no secret. */
  get #pattern(): RegExp {
    return (this.#compiled ??= new RegExp(`__secret_([A-Z][A-Z0-9_]{0,63})_${this.#nonce}__`, "g"));
  }

  /** The text with a value for each mark. */
  fill(text: string, valueOf: (name: string) => string): string {
    return text.replaceAll(this.#pattern, (_mark, name: string) => valueOf(name));
  }

  /** The text with its references again, for people and for events. */
  unmark(text: string): string {
    return this.fill(text, (name) => `{{secret:${name}}}`);
  }

  /** The same for each text of plain JSON. */
  unmarked<T>(value: T): T {
    return this.#isUsed ? (JSON.parse(this.unmark(JSON.stringify(value))) as T) : value;
  }
}
