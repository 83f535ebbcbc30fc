/** A part of a message, in UTF-16 units from its beginning. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Stands where words were taken, so that no pattern matches across the gap and what follows keeps its place. */
const GAP = "\n";

/**
 * One attempt at understanding a piece of a message: recognisers take the phrases that they know. An attempt that fails
 * is thrown away; what one that succeeds has `taken` is claimed in the message's `Coverage`.
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

  /** The phrases taken so far, as places of the message. */
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

  /** Takes a phrase at the head, and reads on as if the text began behind it. */
  skip(pattern: RegExp): boolean {
    const match = this.take(pattern);
    if (match !== undefined) this.#head += match.index + match[0].length;
    return match !== undefined;
  }

  /** What follows what was skipped; gaps stand in it as line breaks. */
  rest(): string {
    return this.#text.slice(this.#head);
  }

  /** Whether a phrase stands in what is left. Takes nothing. */
  has(pattern: RegExp): boolean {
    return pattern.test(this.#text.slice(this.#head));
  }
}
