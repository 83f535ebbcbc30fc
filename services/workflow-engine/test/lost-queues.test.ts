// The store loses the queues of due times and keeps the documents: runs and schedules go on with the next sweep.
import { NodeType, type Run, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { expect, test } from "vitest";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { httpServerOnLoopback } from "./http-server-on-loopback.ts";
import { create, ended, idOf, reached } from "./running.ts";
import { cron, delay, fetching, manual, node, specOf, transform } from "./specs.ts";

const HOUR_MS = 3_600_000;

/** Starts so many runs, one after the other: none waits for a place among the active ones. */
async function startWaiting({ client }: Pick<Instance, "client">, workflowId: string, count: number): Promise<Run[]> {
  const runs: Run[] = [];
  for (let run = 0; run < count; run++) {
    const started = await client.startRun({ workflowId });
    runs.push(await reached(client, started.run, RunState.WAITING));
  }
  return runs;
}

test("waiting runs and schedules that the queues have lost go on with the sweep, each once", async () => {
  const clock = new FakeClock(1_767_225_600_000);
  const journal = new InProcessJournal({ clock });
  const [first, second] = [await instance({ clock, journal }), await instance({ clock, journal })];
  const nodes = [manual(), delay("wait", 1800), transform("next", "1")];
  const workflowId = await create(first.client, specOf(nodes, ["start -> wait", "wait -> next"]));
  const started = await startWaiting(first, workflowId, 20);
  const scheduled = await create(first.client, specOf([cron("0 * * * *")]));
  await first.client.setWorkflowActive({ workflowId: scheduled, active: true });

  await journal.unschedule(
    "runs",
    started.map(({ id }) => id),
  );
  await journal.unschedule("schedules", [scheduled]);
  clock.advance(HOUR_MS);
  await Promise.all([first.engine.tick(), second.engine.tick()]);
  expect((await first.client.listRuns({ state: RunState.SUCCEEDED })).runs).toEqual([]);

  await Promise.all([first.engine.sweep(), second.engine.sweep()]);
  clock.advance(3_000); // the lease of each run
  await Promise.all([first.engine.tick(), second.engine.tick()]);
  for (const run of started) {
    const { state, nodeExecutions } = await ended(first.client, run);
    expect([state, nodeExecutions.length]).toEqual([RunState.SUCCEEDED, 3]);
  }
  expect((await first.client.listRuns({ workflowId: scheduled })).runs).toHaveLength(1);
});

test("a sweep takes no run from the engine that drives it", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const options = { clock, journal, allowHosts: server.authority };
  const [first, second] = [await instance(options), await instance(options)];
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const { run } = await first.client.startRun({ workflowId: await create(first.client, spec) });
  await expect.poll(() => server.seen.length).toBe(1);

  await second.engine.sweep();
  for (let tick = 0; tick < 8; tick++) {
    clock.advance(750);
    await first.engine.tick();
    await second.engine.tick();
  }
  expect(server.seen).toHaveLength(1);
  await first.client.cancelRun({ runId: idOf(run) });
});

test("ten runs that wait for people leave the places of their owner free", async () => {
  const clock = new FakeClock();
  const { client } = await instance({ clock, journal: new InProcessJournal({ clock }) });
  const ask = node("ask", NodeType.HUMAN_IN_THE_LOOP, "APPROVAL", { prompt: "Go on?" });
  const workflowId = await create(client, specOf([manual(), ask], ["start -> ask"]));
  const [waiting] = await startWaiting({ client }, workflowId, 12);
  clock.advance(61 * 60_000);

  const eleventh = await client.startRun({ workflowId: await create(client, specOf([manual()])) });
  expect((await ended(client, eleventh.run)).state).toBe(RunState.SUCCEEDED);
  const runId = idOf(waiting);
  await client.signalRun({ runId, nodeId: "ask", signal: { case: "approval", value: { approved: true } } });
  expect((await ended(client, waiting)).state).toBe(RunState.SUCCEEDED);
});
