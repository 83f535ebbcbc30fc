import type { Clock, Timer } from "@agent-team/foundation/clock";

/** How often dependencies are asked while somebody watches: nothing reports when they change. */
const POLL_MS = 1_000;

/** Something that calls of this server need, and that can be away while the server is fine: a store. */
export interface Dependency {
  /** As operators know it: `store`. */
  readonly name: string;
  /** Asked at each health check and `/readyz`: answers from memory. */
  readonly isAvailable: () => boolean;
}

/**
 * What a server answers about itself. Two questions, because they have different consequences (decision 0022):
 * `ready`, "do not replace this task, send it work", is yes until a drain begins. `serving`, "calls of its services can
 * succeed", needs its dependencies, too. A balancer that took an absent store for a broken task would have all tasks
 * replaced at once, and the new ones would not be better.
 */
export class Readiness {
  readonly #clock: Clock;
  readonly #dependencies: readonly Dependency[];
  readonly #listeners = new Set<() => void>();
  #poll: Timer | undefined;
  #draining = false;
  #lastSeen: "serving" | "away" | "draining" = "serving";

  constructor(clock: Clock, dependencies: readonly Dependency[]) {
    this.#clock = clock;
    this.#dependencies = dependencies;
    this.#poll = undefined;
  }

  /** Alive and not draining. `/readyz`, and grpc.health.v1 for the server as a whole. */
  get ready(): boolean {
    return !this.#draining;
  }

  /** Ready, with all dependencies. grpc.health.v1 for each service. */
  get serving(): boolean {
    return this.ready && this.#dependencies.every(({ isAvailable }) => isAvailable());
  }

  /** How it is at this moment, a line each, for the people who read `/readyz`. */
  describe(): readonly string[] {
    const dependencies = this.#dependencies.map(
      ({ name, isAvailable }) => `${name}: ${isAvailable() ? "available" : "away"}`,
    );
    return [this.#draining ? "draining" : "ready", ...dependencies];
  }

  didStartDrain(): void {
    this.#draining = true;
    this.#look();
  }

  /** Calls `listener` after each change of `ready` or `serving` until the returned function is called. */
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
      POLL_MS,
      () => {
        this.#poll = undefined;
        this.#look();
        if (this.#listeners.size > 0) this.#schedule();
      },
      { unref: true },
    );
  }

  #look(): void {
    const seen = this.#draining ? "draining" : this.serving ? "serving" : "away";
    if (seen === this.#lastSeen) return;
    this.#lastSeen = seen;
    for (const listener of this.#listeners) listener();
  }
}
