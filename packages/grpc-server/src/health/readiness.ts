import type { Clock, Timer } from "@agent-team/foundation/clock";

/** Period in which dependencies are checked while there are listeners: a dependency does not report a change. */
const POLL_MS = 1_000;

/** A store or the like that calls of this server need, and that can be unavailable while the server is fine. */
export interface Dependency {
  /** For operators: `store`. */
  readonly name: string;
  /** Called at each health check and `/readyz`, so it must answer from memory. */
  readonly isAvailable: () => boolean;
}

/**
 * The state of a server, in two values with different consequences (decision 0022). `ready`: keep this task and send it
 * calls; true until a drain begins. `serving`: calls of its services can succeed; needs its dependencies, too. If `ready`
 * needed a store, its failure would replace all tasks at once, and the new ones would need the same store.
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

  /** The state and each dependency, a line each, for people who read `/readyz`. */
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
    this.#look(); // the new listener gets only changes after this call, and the others miss none
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
    if (this.#draining) return; // both values stay false from now on
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
