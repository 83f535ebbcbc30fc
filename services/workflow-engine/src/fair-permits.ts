/**
 * So many at once, shared between owners: an owner gets another permit while it holds fewer than are free. So one owner
 * alone takes half of them, two take a third each, and an owner that holds none gets one as long as one is free. (Dynamic
 * thresholds: A. Choudhury and E. Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998.)
 *
 * Those who wait are served in turns, one owner after the other, and in the order of their coming within one owner.
 */
export class FairPermits {
  readonly #held = new Map<string, number>();
  /** In the order of their turns. An owner without a waiter has no entry. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Runs `work` when there is a permit for `owner`, and takes it back when the work has ended, in whatever way. When
   * `signal` fires before that, the work is dropped and the promise rejects with the signal's reason.
   */
  async run<T>(owner: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#mayTake(owner)) this.#take(owner);
    else await this.#turn(owner, signal);
    try {
      return await work();
    } finally {
      this.#giveBack(owner);
    }
  }

  #mayTake(owner: string): boolean {
    return (this.#held.get(owner) ?? 0) < this.#free;
  }

  #take(owner: string): void {
    this.#free--;
    this.#held.set(owner, (this.#held.get(owner) ?? 0) + 1);
  }

  #giveBack(owner: string): void {
    const left = (this.#held.get(owner) ?? 1) - 1;
    if (left === 0) this.#held.delete(owner);
    else this.#held.set(owner, left);
    this.#free++;
    this.#serve();
  }

  /** Resolves with the permit taken. */
  #turn(owner: string, signal: AbortSignal | undefined): Promise<void> {
    const waiters = this.#waiting.get(owner) ?? new Set();
    this.#waiting.set(owner, waiters);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#leave(owner, waiter);
        reject(signal?.reason);
      };
      const waiter = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #leave(owner: string, waiter: () => void): void {
    const waiters = this.#waiting.get(owner);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(owner);
  }

  /** Hands out what is free, as far as shares allow. */
  #serve(): void {
    for (;;) {
      const owner = [...this.#waiting.keys()].find((candidate) => this.#mayTake(candidate));
      const waiters = owner === undefined ? undefined : this.#waiting.get(owner);
      const [waiter] = waiters ?? [];
      if (owner === undefined || waiters === undefined || waiter === undefined) return;
      this.#take(owner);
      waiters.delete(waiter);
      this.#waiting.delete(owner);
      if (waiters.size > 0) this.#waiting.set(owner, waiters); // to the end of the turns
      waiter();
    }
  }
}
