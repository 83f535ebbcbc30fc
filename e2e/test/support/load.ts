/** Conversations through the gateway, to see what a change of the system costs. */

import { systemClock } from "@agent-team/foundation/clock";
import { expect } from "vitest";
import type { TestCloud } from "./cloud.ts";
import { converse } from "./conversation.ts";

export interface CallRecord {
  readonly startedMs: number;
  readonly error: unknown;
}

/** Between two calls of a caller: the load is there to be disturbed, and the processors are for the system. */
const PAUSE_MS = 30;

/** Each load has conversations of its own. */
let loads = 0;

/** Four callers in a loop, until `stop`. */
export class Load {
  readonly calls: CallRecord[] = [];
  readonly #callers: readonly Promise<void>[];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #isRunning = true;

  constructor(cloud: TestCloud) {
    const load = ++loads;
    this.#callers = ["a", "b", "c", "d"].map((name) => this.#call(cloud, `${load}-${name}`));
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
      await new Promise<void>((resolve) => systemClock.setTimer(PAUSE_MS, resolve));
    }
  }
}

/** Replaces all agents under load, and expects that it costs no call. */
export async function rollUnderLoad(cloud: TestCloud): Promise<void> {
  const before = cloud.tasks("workflow-agent").map(({ id }) => id);
  const load = new Load(cloud);
  await load.more(20);

  await cloud.roll("workflow-agent");
  while (cloud.tasks("workflow-agent").some(({ id }) => before.includes(id))) await load.more(10);
  await load.more(40);
  await load.stop();

  expect(load.errors).toEqual([]);
  expect(load.calls.length).toBeGreaterThan(100);
}
