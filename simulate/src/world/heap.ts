/** A binary heap: the item with the lowest key first, of equal keys the one that was pushed first. */

export interface HeapItem {
  /** What the heap sorts by. It does not change while the item is in the heap. */
  readonly key: number;
  /** Position in the order of pushes. The heap sets it. */
  order: number;
}

export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];
  #pushed = 0;

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    item.order = this.#pushed++;
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt] as T;
      if (!isBefore(item, parent)) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first !== undefined && last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  /** Puts `item` where the first one was, and moves it down to its place. */
  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= items.length) break;
      const right = items[childAt + 1];
      if (right !== undefined && isBefore(right, items[childAt] as T)) childAt++;
      const child = items[childAt] as T;
      if (!isBefore(child, item)) break;
      items[at] = child;
      at = childAt;
    }
    items[at] = item;
  }
}

function isBefore(a: HeapItem, b: HeapItem): boolean {
  return a.key < b.key || (a.key === b.key && a.order < b.order);
}
