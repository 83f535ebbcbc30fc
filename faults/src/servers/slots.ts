/** The places of a server: work beyond them waits in order. */
export class Slots {
  limit: number = Number.POSITIVE_INFINITY;
  /** Work that may wait for a place. */
  maxWaiting: number = Number.POSITIVE_INFINITY;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  get isFull(): boolean {
    return this.#running >= this.limit && this.#waiting.length >= this.maxWaiting;
  }

  /** Runs `work` when there is a place. `work` calls its argument once, when it has ended. */
  run(work: (end: () => void) => void): void {
    if (this.#running >= this.limit) return void this.#waiting.push(() => this.run(work));
    this.#running++;
    work(() => {
      this.#running--;
      this.#waiting.shift()?.();
    });
  }
}
