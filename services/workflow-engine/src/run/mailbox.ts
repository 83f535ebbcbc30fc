/** What happens to a run while its driver is busy, in order. One taker. */
export class Mailbox<T> {
  #items: T[] = [];
  #arrived = Promise.withResolvers<void>();

  post(item: T): void {
    this.#items.push(item);
    this.#arrived.resolve();
  }

  /** Everything that has been posted since the last time; waits for the first. */
  async take(): Promise<readonly T[]> {
    await this.#arrived.promise;
    const items = this.#items;
    this.#items = [];
    this.#arrived = Promise.withResolvers();
    return items;
  }
}
