/** A part of a message, in UTF-16 code units from its beginning. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Replaces each taken character, so that no pattern matches across the gap and later words keep their place. */
const GAP = "\n";

/**
 * One attempt to understand a piece of a message. Recognisers take the phrases that they know. After a successful attempt
 * its `taken` spans are claimed in the message's `Coverage`; a failed attempt is dropped.
 */
export class Reading {
  readonly #offset: number;
  readonly #taken: Span[] = [];
  #text: string;
  #head = 0;

  /** `offset`: where the text begins in the message. */
  constructor(text: string, offset = 0) {
    this.#text = text;
    this.#offset = offset;
  }

  /** The taken phrases, as places in the message. */
  get taken(): readonly Span[] {
    return this.#taken;
  }

  /** Takes the first phrase that matches. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#text.slice(this.#head));
    if (match === null) return undefined;
    const start = this.#head + match.index;
    const end = start + match[0].length;
    this.#text = this.#text.slice(0, start) + GAP.repeat(end - start) + this.#text.slice(end);
    this.#taken.push({ start: this.#offset + start, end: this.#offset + end });
    return match;
  }

  /** Takes the first phrase that matches, and drops the text up to its end. */
  skip(pattern: RegExp): boolean {
    const match = this.take(pattern);
    if (match !== undefined) this.#head += match.index + match[0].length;
    return match !== undefined;
  }

  /** The text after the last skipped phrase, with line breaks in the place of taken phrases. */
  rest(): string {
    return this.#text.slice(this.#head);
  }

  /** Whether a phrase matches. Takes nothing. */
  has(pattern: RegExp): boolean {
    return pattern.test(this.#text.slice(this.#head));
  }
}
