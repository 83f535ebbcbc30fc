// The store does not answer for one run that is due, or answers late. The other runs, decisions and schedules go on.
import { type Run, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import { expect, test, vi } from "vitest";
import { MAX_ACTIVE_RUNS } from "../src/limits.ts";
import { DEFAULT_LEASE_MS } from "../src/run-queue.ts";
import { instance } from "./engine-on-loopback.ts";
import { httpServerOnLoopback } from "./http-server-on-loopback.ts";
import { create, ended, idOf, reached } from "./running.ts";
import { approval, cron, fetching, manual, specOf, transform } from "./specs.ts";

const MINUTE_MS = 60_000;
const noAnswer = (): never => {
  throw new JournalError("unavailable", "no answer");
};

test("a run that is due and cannot be deferred holds up neither the runs behind it, nor a decision", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const options = { clock, journal, allowHosts: server.authority };
  const [dead, other] = [await instance(options), await instance(options)];
  const { client } = other;
  const fetches = await create(client, specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]));
  const asks = await create(
    client,
    specOf([manual(), approval("ask"), transform("next", "1")], ["start -> ask", "ask -approved-> next"]),
  );
  const waiting = await reached(client, (await client.startRun({ workflowId: asks })).run, RunState.WAITING);
  const orphan = (await dead.client.startRun({ workflowId: fetches })).run;
  const runs = [orphan];
  for (let run = 0; run < MAX_ACTIVE_RUNS; run += 1) runs.push((await client.startRun({ workflowId: fetches })).run);
  await expect.poll(() => server.seen.length).toBe(1 + MAX_ACTIVE_RUNS);
  const pending = (await client.startRun({ workflowId: fetches })).run;
  runs.push(pending);

  await journal.schedule("runs", [idOf(pending)], 0); // due before the others, as after a sweep
  clock.advance(DEFAULT_LEASE_MS);
  const { schedule } = journal;
  const failing = vi
    .spyOn(journal, "schedule")
    .mockImplementation(async (queue, ...given) =>
      queue === "runs-deferred" ? noAnswer() : schedule.call(journal, queue, ...given),
    );
  const signal = { case: "approval", value: { approved: true } } as const;
  await client.signalRun({ runId: waiting.id, nodeId: "ask", signal });

  expect((await ended(client, waiting)).state).toBe(RunState.SUCCEEDED);
  await expect.poll(() => server.seen.length).toBe(2 + MAX_ACTIVE_RUNS); // the run of the engine that died
  clock.advance(DEFAULT_LEASE_MS);
  await expect(other.engine.tick()).rejects.toThrow("no answer");
  failing.mockRestore();
  for (const run of runs) await client.cancelRun({ runId: idOf(run) });
  clock.advance(DEFAULT_LEASE_MS);
  await other.engine.tick();
  for (const run of runs) await ended(client, run);
  await dead.engine.tick(); // it reads that its run was taken over
});

test("deferred runs begin and schedules fire in a tick that finds no due runs, because the store does not answer", async () => {
  const clock = new FakeClock(1_767_225_600_000);
  const journal = new InProcessJournal({ clock });
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const options = { clock, journal, allowHosts: server.authority };
  const [deferring, { client, engine }] = [await instance(options), await instance(options)];
  const scheduled = await create(client, specOf([cron("* * * * *")]));
  await client.setWorkflowActive({ workflowId: scheduled, active: true });
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const fetches = await create(client, spec);
  const runs: (Run | undefined)[] = [];
  for (let run = 0; run <= MAX_ACTIVE_RUNS; run += 1)
    runs.push((await deferring.client.startRun({ workflowId: fetches })).run);
  await expect.poll(() => server.seen.length).toBe(MAX_ACTIVE_RUNS);

  clock.advance(MINUTE_MS);
  const { claimDue } = journal;
  const failing = vi
    .spyOn(journal, "claimDue")
    .mockImplementation(async (queue, ...given) =>
      queue === "runs" ? noAnswer() : claimDue.call(journal, queue, ...given),
    );
  await expect(engine.tick()).rejects.toThrow("no answer");

  await expect.poll(() => server.seen.length).toBe(MAX_ACTIVE_RUNS + 1);
  expect((await client.listRuns({ workflowId: scheduled })).runs).toHaveLength(1);
  failing.mockRestore();
  for (const run of runs) await client.cancelRun({ runId: idOf(run) });
  await deferring.engine.tick();
  for (const run of runs) await ended(client, run);
});

test("a run that is continued while it is being parked has its lease, and takes a cancellation", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const { client, engine } = await instance({ clock, journal, allowHosts: server.authority });
  const nodes = [manual(), approval("ask"), fetching("get", { url: server.url })];
  const workflowId = await create(client, specOf(nodes, ["start -> ask", "ask -approved-> get"]));
  const { schedule } = journal;
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const renewed: (readonly string[])[] = [];
  vi.spyOn(journal, "schedule").mockImplementation(async (queue, ids, ms, ...given) => {
    const isParking = queue === "runs" && ms > DEFAULT_LEASE_MS;
    if (isParking) asked.resolve();
    if (isParking) await answer.promise;
    if (queue === "runs" && ms === DEFAULT_LEASE_MS) renewed.push(ids);
    await schedule.call(journal, queue, ids, ms, ...given);
  });
  const run = (await client.startRun({ workflowId })).run;
  await asked.promise;

  const signal = { case: "approval", value: { approved: true } } as const;
  await client.signalRun({ runId: idOf(run), nodeId: "ask", signal });
  await expect.poll(() => server.seen.length).toBe(1);
  answer.resolve();
  await client.getRun({ runId: idOf(run) });
  renewed.length = 0;
  await engine.tick();
  expect(renewed).toContainEqual([idOf(run)]);
  await client.cancelRun({ runId: idOf(run) });
  expect((await ended(client, run)).state).toBe(RunState.CANCELED);
});
