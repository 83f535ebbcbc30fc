/** A place in a text of HCL: what `parse-expression.ts` and `parse-template.ts` share while they read it. */
export class Cursor {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.text.length;
  }

  startsWith(word: string): boolean {
    return this.text.startsWith(word, this.#at);
  }

  /** Reads one character. @throws Error at the end */
  next(): string {
    const character = this.text[this.#at];
    if (character === undefined) throw this.error("more");
    this.#at += 1;
    return character;
  }

  /** Reads `word` if it comes next, as it stands. */
  take(word: string): boolean {
    if (!this.startsWith(word)) return false;
    this.#at += word.length;
    return true;
  }

  /** Reads what a sticky pattern matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Skips blanks, lines and comments. */
  skip(): void {
    this.match(/(?:\s|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)*/y);
  }

  /** Reads a symbol after blanks, if it comes next. */
  symbol(symbol: string): boolean {
    this.skip();
    return this.take(symbol);
  }

  /** @throws Error when the symbol does not come next */
  expect(symbol: string): void {
    if (!this.symbol(symbol)) throw this.error(symbol);
  }

  /** Reads a word of letters, digits, `_` and `-`, after blanks. */
  word(): string | undefined {
    this.skip();
    return this.match(/[A-Za-z_][\w-]*/y);
  }

  /** Goes back to where `position` was read. */
  rewind(position: number): void {
    this.#at = position;
  }

  get position(): number {
    return this.#at;
  }

  error(expected: string): Error {
    const rest = this.text.slice(this.#at, this.#at + 30).replaceAll("\n", " ");
    return new Error(`expected ${expected}, found "${rest}" in ${this.text}`);
  }
}
