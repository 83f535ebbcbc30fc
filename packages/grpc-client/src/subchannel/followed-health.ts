/**
 * The health of one endpoint's server, over all its connections. In: the current connection, while it is ready. Out: the connectivity that
 * the endpoint shows. Without a watch every server counts as serving.
 */

import type { Connectivity } from "../connectivity.ts";
import { connectivityWhile, type ServerHealth, type WatchHealth } from "../server-health.ts";
import type { Connection } from "../transport.ts";

const ASKING: ServerHealth = { kind: "asking" };
const SERVING: ServerHealth = { kind: "serving" };

export class FollowedHealth {
  readonly #watch: WatchHealth | undefined;
  readonly #onHealth: (health: ServerHealth, hasChanged: boolean) => void;
  #health: ServerHealth = ASKING;
  #endWatch: (() => void) | undefined;

  constructor(watch: WatchHealth | undefined, onHealth: (health: ServerHealth, hasChanged: boolean) => void) {
    this.#watch = watch;
    this.#onHealth = onHealth;
  }

  /** Of an endpoint whose connection is ready. */
  get connectivity(): Connectivity {
    return connectivityWhile(this.#health);
  }

  get isNotServing(): boolean {
    return this.#health.kind === "not-serving";
  }

  /** A connection that replaces a ready one begins with what the server has said there: calls go on while it is asked again. */
  follow(connection: Connection, isReplacement: boolean): void {
    if (this.#watch === undefined) this.#health = SERVING;
    else if (!isReplacement) this.#health = ASKING;
    this.#endWatch = this.#watch?.(connection, (health) => {
      const hasChanged = health.kind !== this.#health.kind;
      this.#health = health;
      this.#onHealth(health, hasChanged);
    });
  }

  stop(): void {
    this.#endWatch?.();
    this.#endWatch = undefined;
  }
}
