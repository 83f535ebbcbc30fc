import type { Clock, Timer } from "@agent-team/grpc-client";

/** How often the program's own answer is asked while somebody watches: nothing tells us when it changes. */
const pollMs = 1_000;

/**
 * Whether this server wants new work: yes while the program says so, no for good once a drain has begun.
 * `/readyz` and grpc.health.v1 both ask here, so they never disagree.
 */
export class Readiness {
  readonly #clock: Clock;
  readonly #isReady: () => boolean;
  readonly #listeners = new Set<() => void>();
  #poll: Timer | undefined;
  #draining = false;
  #lastSeen = true;

  constructor(clock: Clock, isReady: () => boolean) {
    this.#clock = clock;
    this.#isReady = isReady;
    this.#poll = undefined;
  }

  get ready(): boolean {
    return !this.#draining && this.#isReady();
  }

  didStartDrain(): void {
    this.#draining = true;
    this.#look();
  }

  /** Calls `listener` after each change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#look(); // so that "a change" means the same to the new listener and to the others
    this.#listeners.add(listener);
    this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#poll?.cancel();
      this.#poll = undefined;
    };
  }

  #schedule(): void {
    if (this.#draining) return; // it can only be "no" from now on
    this.#poll ??= this.#clock.setTimer(
      pollMs,
      () => {
        this.#poll = undefined;
        this.#look();
        if (this.#listeners.size > 0) this.#schedule();
      },
      { unref: true },
    );
  }

  #look(): void {
    const { ready } = this;
    if (ready === this.#lastSeen) return;
    this.#lastSeen = ready;
    for (const listener of this.#listeners) listener();
  }
}
