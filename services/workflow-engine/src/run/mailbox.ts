/** Keeps items in their order until the one reader takes them. */
export class Mailbox<T> {
  #items: T[] = [];
  #arrived = Promise.withResolvers<void>();

  post(item: T): void {
    this.#items.push(item);
    this.#arrived.resolve();
  }

  /** All items that were posted since the last call; waits for the first. */
  async take(): Promise<readonly T[]> {
    await this.#arrived.promise;
    const items = this.#items;
    this.#items = [];
    this.#arrived = Promise.withResolvers();
    return items;
  }
}
