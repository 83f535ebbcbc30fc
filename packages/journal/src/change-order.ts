/** The position of a document in an index: the number of the change that put it there. */
export interface Position {
  readonly sequence: number;
  readonly key: string;
}

/**
 * The order of one index, oldest position first. Sequences only grow, so adding is a push, and the place of a
 * cursor is found by bisection, also when its document has moved or was deleted.
 */
export class ChangeOrder {
  readonly #positions: Position[] = [];
  /** Bytes of all values in the index. The caller counts them; here because they end with the order. */
  bytes = 0;

  get isEmpty(): boolean {
    return this.#positions.length === 0;
  }

  get length(): number {
    return this.#positions.length;
  }

  add(position: Position): void {
    this.#positions.push(position);
  }

  remove(sequence: number): void {
    this.#positions.splice(this.#countBelow(sequence), 1);
  }

  /** Newest first, beginning just below `sequence`. */
  *below(sequence: number): Generator<Position, void> {
    for (let at = this.#countBelow(sequence) - 1; at >= 0; at--) {
      const position = this.#positions[at];
      if (position !== undefined) yield position;
    }
  }

  /** How many positions have a smaller sequence, which is also the index of `sequence` itself if it is there. */
  #countBelow(sequence: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle]?.sequence ?? Infinity) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
