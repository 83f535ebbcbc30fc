/** Items in lanes: lanes are served in turns, and items within one in the order of their coming. */
export class Lanes<T> {
  /** In the order of their turns. None is empty. */
  readonly #lanes = new Map<string, Set<T>>();

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  add(lane: string, item: T): void {
    const items = this.#lanes.get(lane) ?? new Set();
    this.#lanes.set(lane, items.add(item));
  }

  remove(lane: string, item: T): void {
    const items = this.#lanes.get(lane);
    items?.delete(item);
    if (items?.size === 0) this.#lanes.delete(lane);
  }

  /** Takes the first item of the lane whose turn it is. */
  shift(): T | undefined {
    for (const [lane, items] of this.#lanes) {
      const [first] = items;
      if (first === undefined) continue;
      items.delete(first);
      this.#lanes.delete(lane);
      if (items.size > 0) this.#lanes.set(lane, items); // to the end of the turns
      return first;
    }
    return undefined;
  }
}
