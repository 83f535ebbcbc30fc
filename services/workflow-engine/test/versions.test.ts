// Engines of two versions share a store, as in a deployment. The later version writes a kind of event that the earlier one does not know.
import { RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, type Journal } from "@agent-team/journal";
import { expect, test, vi } from "vitest";
import { runKey } from "../src/store/journal-run-log.ts";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, idOf, reached } from "./running.ts";
import { delay, fetching, manual, specOf } from "./specs.ts";

const RUNS = 20;
const WAIT_S = 60;

/** The store as a later version uses it: the end of a DELAY is "node_roused" there, and was "node_woken" before. */
function ofLaterVersion(store: Journal): Journal {
  const renamed = (record: Uint8Array, from: string, to: string): Uint8Array =>
    Buffer.from(Buffer.from(record).toString().replace(`"type":"${from}"`, `"type":"${to}"`));
  return new Proxy(store, {
    get(target, name) {
      if (name === "append") {
        return (...[key, records, options]: Parameters<Journal["append"]>) =>
          target.append(
            key,
            records.map((record) => renamed(record, "node_woken", "node_roused")),
            options,
          );
      }
      if (name === "read") {
        return async (...given: Parameters<Journal["read"]>) => {
          const page = await target.read(...given);
          return page && { ...page, records: page.records.map((each) => renamed(each, "node_roused", "node_woken")) };
        };
      }
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

test("a deployment of a version with a new kind of event, its rollback and the next one lose no run and repeat no node", async () => {
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const server = await httpServerOnLoopback({ "/one": json("ok"), "/two": json("ok") });
  const log: string[] = [];
  const start = (journal: Journal): Promise<Instance> =>
    instance({ clock, journal, allowHosts: server.authority, onLogLine: (line) => log.push(line) });
  const nodes = ["one", "two"].map((id) => fetching(id, { method: "POST", url: `${server.url}/${id}` }));
  const spec = specOf(
    [manual(), delay("first", WAIT_S), ...nodes, delay("second", WAIT_S)],
    ["start -> first", "first -> one", "one -> second", "second -> two"],
  );
  const sent = (path: string): number => server.seen.filter((each) => each.path === path).length;
  const pass = async ({ engine }: Instance, seconds: number): Promise<void> => {
    clock.advance(seconds * 1000);
    await engine.tick();
  };
  const until = (count: number, state: RunState, { client }: Instance, step?: () => Promise<void>): Promise<boolean> =>
    vi.waitUntil(
      async () => {
        await step?.();
        return (await client.listRuns({ state, pageSize: 100 })).runs.length === count;
      },
      { interval: 10, timeout: 20_000 },
    );

  const before = await start(store);
  const workflowId = await create(before.client, spec);
  const started = await Promise.all(Array.from({ length: RUNS }, () => before.client.startRun({ workflowId })));
  const runIds = started.map(({ run }) => idOf(run));
  await until(RUNS, RunState.WAITING, before);

  const deployed = await start(ofLaterVersion(store));
  await before.engine.drained();
  await pass(deployed, WAIT_S);
  await vi.waitUntil(() => sent("/one") === RUNS, { timeout: 20_000 });
  await until(RUNS, RunState.WAITING, deployed);

  const rolledBack = await start(store);
  await deployed.engine.drained();
  const versions = (): Promise<unknown> =>
    Promise.all(runIds.map(async (id) => (await store.get(runKey(id)))?.version));
  const left = await versions();
  await pass(rolledBack, WAIT_S);
  await vi.waitUntil(() => log.filter((line) => line.includes("node_roused")).length === RUNS, { timeout: 20_000 });
  expect(await versions()).toEqual(left);
  expect(await errorOf(rolledBack.client.getRun({ runId: String(runIds[0]) }))).toMatchObject({
    code: "Unavailable",
    reason: "RUN_OF_LATER_VERSION",
  });
  const fresh = await rolledBack.client.startRun({ workflowId });
  await reached(rolledBack.client, fresh.run, RunState.WAITING); // the others do not hold it up

  const deployedAgain = await start(ofLaterVersion(store));
  await rolledBack.engine.drained();
  // The lease of the engine that could not read them, and the waits of the fresh one.
  await until(RUNS + 1, RunState.SUCCEEDED, deployedAgain, () => pass(deployedAgain, 3));
  expect([sent("/one"), sent("/two")]).toEqual([RUNS + 1, RUNS + 1]);
});
