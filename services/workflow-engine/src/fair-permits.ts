import { Lanes } from "./lanes.ts";

/** The account to which work counts. */
export interface Account {
  readonly owner: string;
  /** The owner's own work is shared between lanes: one for each run. */
  readonly lane: string;
}

/**
 * A fixed number of permits, shared between owners: an owner gets another permit while it holds fewer than are free. So one
 * owner alone takes half of them, two owners take a third each, and an owner without one gets one as long as one is free.
 * (Dynamic thresholds: A. Choudhury and E. Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998.)
 *
 * Waiting owners take turns, and the lanes of one owner take turns within its own.
 */
export class FairPermits {
  readonly #held = new Map<string, number>();
  /** In the order of their turns. Only owners that wait have an entry. */
  readonly #waiting = new Map<string, Lanes<() => void>>();
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Runs `work` with a permit of its owner, which returns when the work has settled. When `signal` fires before the work
   * begins, the work is dropped and the promise rejects with the signal's reason.
   */
  async run<T>(account: Account, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { owner } = account;
    signal?.throwIfAborted();
    if (this.#mayTake(owner)) this.#take(owner);
    else await this.#wait(account, signal);
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
  #wait({ owner, lane }: Account, signal: AbortSignal | undefined): Promise<void> {
    const lanes = this.#waiting.get(owner) ?? new Lanes();
    this.#waiting.set(owner, lanes);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        lanes.remove(lane, waiter);
        if (lanes.isEmpty) this.#waiting.delete(owner);
        reject(signal?.reason);
      };
      const waiter = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      lanes.add(lane, waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Hands out the free permits, as far as the shares allow. */
  #serve(): void {
    for (;;) {
      const next = [...this.#waiting].find(([owner]) => this.#mayTake(owner));
      if (next === undefined) return;
      const [owner, lanes] = next;
      this.#take(owner);
      const waiter = lanes.shift();
      this.#waiting.delete(owner);
      if (!lanes.isEmpty) this.#waiting.set(owner, lanes); // behind all others
      waiter?.();
    }
  }
}
