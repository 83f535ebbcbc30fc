/** A list in the order of arrival from which any item can be taken in constant time. */

/** What a list holds. The list links items through these fields and owns them. */
export interface FifoItem<T> {
  before: T | undefined;
  after: T | undefined;
}

export class Fifo<T extends FifoItem<T>> {
  #first: T | undefined;
  #last: T | undefined;

  /** The oldest item. */
  get first(): T | undefined {
    return this.#first;
  }

  /** The newest item. */
  get last(): T | undefined {
    return this.#last;
  }

  push(item: T): void {
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
  }

  /** Takes out an item that is in this list. */
  remove(item: T): void {
    const { before, after } = item;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    item.before = undefined;
    item.after = undefined;
  }

  /** All items now, oldest first. */
  items(): readonly T[] {
    const items: T[] = [];
    for (let item = this.#first; item !== undefined; item = item.after) items.push(item);
    return items;
  }
}
