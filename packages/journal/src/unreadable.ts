/** Unreadable documents that are remembered as reported. Further ones are not reported. */
const MAX_REPORTED = 1000;

/** The stored documents that cannot be read. Each is reported once, whichever sweep or list meets it. */
export class UnreadableDocuments {
  readonly #reported = new Set<string>();
  readonly #onUnreadable: (key: string) => void;

  constructor(onUnreadable: (key: string) => void) {
    this.#onUnreadable = onUnreadable;
  }

  /** Takes no error, because its message quotes the document. */
  report(key: string): void {
    if (this.#reported.has(key) || this.#reported.size >= MAX_REPORTED) return;
    this.#reported.add(key);
    this.#onUnreadable(key);
  }
}
