/**
 * Tasks are killed or replaced under load. A kill may break the calls in flight on that task, and no later call. A
 * replacement by SIGTERM breaks no call.
 */

import type { TaskDescription } from "@agent-team/local-cloud";
import { expect, test } from "vitest";
import { cloudOfTest, type TestCloud } from "./support/cloud.ts";
import { converse } from "./support/conversation.ts";

const VPC = "127.22.0.0/16";

interface CallRecord {
  readonly startedMs: number;
  readonly error: unknown;
}

/** Four callers in a loop, until told to stop. */
class Load {
  readonly calls: CallRecord[] = [];
  readonly #callers: readonly Promise<void>[];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #isRunning = true;

  constructor(cloud: TestCloud) {
    this.#callers = ["a", "b", "c", "d"].map((name) => this.#call(cloud, name));
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

/** Calls that a task's gRPC server has answered, from its metrics. */
async function servedBy({ host, healthPort }: TaskDescription): Promise<number> {
  const metrics = await (await fetch(`http://${host}:${healthPort}/metrics`)).text();
  return Number(/grpc_server_handled_total\{grpc_code="OK"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

// The default of `npm start`, and Cloud Map's API alone, without DNS or a load balancer as a lower tier.
const DISCOVERIES = ["direct", "cloudmap"] as const;
const SLOW = { timeout: 60_000 };

test.for(DISCOVERIES)("%s: calls after a kill do not fail, and a new agent gets some", SLOW, async (discovery) => {
  await using cloud = await cloudOfTest(VPC, { discovery });
  const load = new Load(cloud);
  await load.more(40);

  const [victim] = cloud.tasks("workflow-agent");
  await cloud.killTask(victim?.id as string);
  const killedMs = performance.now();
  await load.more(40);
  await cloud.steady("workflow-agent");
  const replacement = cloud
    .tasks("workflow-agent")
    .find(({ host, state }) => state === "running" && host !== victim?.host);
  expect(replacement).toBeDefined();
  while ((await servedBy(replacement as TaskDescription)) === 0) await load.more(4);
  await load.stop();

  expect(load.calls.filter(({ startedMs, error }) => startedMs > killedMs && error !== undefined)).toEqual([]);
});

test.for(DISCOVERIES)("%s: a rolling replacement under load costs no call", SLOW, async (discovery) => {
  await using cloud = await cloudOfTest(VPC, { discovery });
  const before = cloud.tasks("workflow-agent").map(({ id }) => id);
  const load = new Load(cloud);
  await load.more(20);

  await cloud.roll("workflow-agent");
  while (cloud.tasks("workflow-agent").some(({ id }) => before.includes(id))) await load.more(10);
  await load.more(40);
  await load.stop();

  expect(load.calls.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(load.calls.length).toBeGreaterThan(100);
});
