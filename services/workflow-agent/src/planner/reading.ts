import { isFiller } from "./lexicon.ts";

/** Stands where words were taken, so that no pattern matches across the gap. */
const GAP = "\n";

/**
 * One attempt at understanding a piece of text: recognisers take the phrases they know, and what nobody took is what
 * was not understood. An attempt that fails is thrown away, so taking is never undone.
 */
export class Reading {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  /** Takes the first phrase that matches. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#rest);
    if (match === null) return undefined;
    this.#rest = this.#rest.slice(0, match.index) + GAP + this.#rest.slice(match.index + match[0].length);
    return match;
  }

  /** Whether a phrase stands in what is left. Takes nothing. */
  has(pattern: RegExp): boolean {
    return pattern.test(this.#rest);
  }

  /** The words nobody took, without those that carry no meaning of their own. */
  leftover(): readonly string[] {
    const words = this.#rest.match(/[\p{L}\p{M}\p{N}_#@$%&+/:.'-]+/gu) ?? [];
    return words
      .map((word) => word.replace(/^[^\p{L}\p{N}#@$]+|[^\p{L}\p{M}\p{N}%]+$/gu, ""))
      .filter((word) => word !== "" && !isFiller(word));
  }
}
