/** A queue of lanes. The lanes take turns; within a lane the first item comes first. */
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

  /** Takes the first item of the next lane, which then waits behind all others. */
  shift(): T | undefined {
    const [next] = this.#lanes;
    if (next === undefined) return undefined;
    const [lane, items] = next;
    const [first] = items;
    this.#lanes.delete(lane);
    if (first !== undefined) items.delete(first);
    if (items.size > 0) this.#lanes.set(lane, items);
    return first;
  }
}
