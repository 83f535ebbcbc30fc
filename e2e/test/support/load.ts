/** Conversations through the gateway without a pause, to see what a change of the system costs. */

import type { TestCloud } from "./cloud.ts";
import { converse } from "./conversation.ts";

export interface CallRecord {
  readonly startedMs: number;
  readonly error: unknown;
}

/** Four callers in a loop, until `stop`. */
export class Load {
  readonly calls: CallRecord[] = [];
  readonly #callers: readonly Promise<void>[];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #isRunning = true;

  constructor(cloud: TestCloud) {
    this.#callers = ["a", "b", "c", "d"].map((name) => this.#call(cloud, name));
  }

  /** The errors of calls so far. */
  get errors(): readonly unknown[] {
    return this.calls.flatMap(({ error }) => (error === undefined ? [] : [error]));
  }

  /** Resolves when so many more calls have ended. */
  async more(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ count: this.calls.length + count, resolve });
    await promise;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#callers);
  }

  async #call(cloud: TestCloud, name: string): Promise<void> {
    let i = 0;
    while (this.#isRunning) {
      const startedMs = performance.now();
      const error: unknown = await converse(cloud.url, `${name}-${i++}`, "Hello, workflow!").then(
        () => undefined,
        (reason: unknown) => reason,
      );
      this.calls.push({ startedMs, error });
      for (const { count, resolve } of this.#waiters) if (count <= this.calls.length) resolve();
    }
  }
}
