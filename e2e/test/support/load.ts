/** Conversations through the gateway, to see what a change of the system costs. */

import { systemClock } from "@agent-team/foundation/clock";
import { expect } from "vitest";
import type { TestCloud } from "./cloud.ts";
import { converse, textOf } from "./conversation.ts";

/** Between two calls of a caller: the load is there to be disturbed, and the processors are for the system. */
const PAUSE_MS = 30;

/** Each load has conversations of its own. */
let loads = 0;

/** Four callers in a loop, until `stop`. All of them send the same message. */
export class Load {
  /** Of the calls so far. */
  readonly errors: unknown[] = [];
  /** The different answers so far. */
  readonly texts: Set<string> = new Set();
  readonly #callers: readonly Promise<void>[];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #ended = 0;
  #isRunning = true;

  constructor(cloud: TestCloud) {
    const load = ++loads;
    this.#callers = ["a", "b", "c", "d"].map((name) => this.#call(cloud, `${load}-${name}`));
  }

  /** Resolves when so many more calls have ended. */
  async more(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ count: this.#ended + count, resolve });
    await promise;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#callers);
  }

  async #call(cloud: TestCloud, name: string): Promise<void> {
    let i = 0;
    while (this.#isRunning) {
      await converse(cloud.url, `${name}-${i++}`, "Hello, workflow!").then(
        (events) => this.texts.add(textOf(events)),
        (error: unknown) => this.errors.push(error),
      );
      this.#ended += 1;
      for (const { count, resolve } of this.#waiters) if (count <= this.#ended) resolve();
      await new Promise<void>((resolve) => systemClock.setTimer(PAUSE_MS, resolve));
    }
  }
}

/** Replaces all agents under load, and expects that it costs no call and no character. */
export async function rollUnderLoad(cloud: TestCloud): Promise<void> {
  const before = cloud.tasks("workflow-agent").map(({ id }) => id);
  const load = new Load(cloud);
  await load.more(20);

  await cloud.roll("workflow-agent");
  while (cloud.tasks("workflow-agent").some(({ id }) => before.includes(id))) await load.more(10);
  await load.more(40);
  await load.stop();

  expect(load.errors).toEqual([]);
  expect(load.texts.size).toBe(1);
}
