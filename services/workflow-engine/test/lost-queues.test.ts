// The store loses the queues of due times and keeps the documents: runs and schedules go on with the next sweep.
import { NodeType, type Run, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import { expect, test, vi } from "vitest";
import { byDay, DAY_MS } from "../src/store/by-day.ts";
import { JournalRunLog } from "../src/store/journal-run-log.ts";
import { isTombstone } from "../src/store/tombstone.ts";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
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

test("a PENDING run that a sweep has put into the queue begins on one engine and stays there", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const options = { clock, journal, allowHosts: server.authority };
  const [first, second] = [await instance(options), await instance(options)];
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const workflowId = await create(first.client, spec);
  const started: (Run | undefined)[] = [];
  for (let run = 0; run < 11; run++) started.push((await first.client.startRun({ workflowId })).run);
  const runIds = started.map(idOf);
  await expect.poll(() => server.seen.length).toBe(10);

  await second.engine.sweep();
  clock.advance(2_000);
  await journal.schedule("runs", runIds.slice(0, 10), 3_000); // the first engine renews, and its look is late
  clock.advance(1_000);
  const { claimDue } = journal;
  const claims = vi.spyOn(journal, "claimDue").mockImplementation(async (queue, options) => {
    if (queue === "runs-deferred") throw new JournalError("unavailable", "no answer");
    return claimDue.call(journal, queue, options);
  });
  await expect(second.engine.tick()).rejects.toThrow("no answer"); // it has taken what is due, and not looked at the deferred runs
  claims.mockRestore();
  await expect.poll(() => server.seen.length).toBe(11);
  for (let tick = 0; tick < 8; tick++) {
    await first.engine.tick();
    await second.engine.tick();
    clock.advance(750);
  }
  for (const runId of runIds) await first.client.cancelRun({ runId });
  await second.engine.tick();
  for (const run of started) await ended(first.client, run);

  const log = await JournalRunLog.open(journal, String(runIds[10]));
  expect(log && !isTombstone(log) && log.events.filter(({ type }) => type === "run_taken")).toHaveLength(1);
  expect(server.seen).toHaveLength(11);
});

test("old runs are removed when the queues cannot be repaired, and queues are repaired when old runs cannot be removed", async () => {
  const clock = new FakeClock(1_767_225_600_000);
  const journal = new InProcessJournal({ clock });
  const { client, engine } = await instance({ clock, journal });
  const old = (await client.startRun({ workflowId: await create(client, specOf([manual()])) })).run;
  await ended(client, old);
  clock.advance(40 * 24 * HOUR_MS);
  const nodes = [manual(), delay("wait", 1800)];
  const workflowId = await create(client, specOf(nodes, ["start -> wait"]));
  const [waiting] = await startWaiting({ client }, workflowId, 1);
  const full = new JournalError("full", "the store is full");

  const schedule = vi.spyOn(journal, "schedule").mockRejectedValue(full);
  await expect(engine.sweep()).rejects.toBe(full);
  schedule.mockRestore();
  expect(await errorOf(client.getRun({ runId: idOf(old) }))).toMatchObject({ code: "NotFound" });

  await journal.unschedule("runs", [idOf(waiting)]);
  const { list } = journal;
  const yesterday = byDay(clock.wallNow() - DAY_MS);
  const listing = vi.spyOn(journal, "list").mockImplementation((index, page) => list.call(journal, index, page));
  listing.mockRejectedValueOnce(full); // the first day that the retention reads
  await expect(engine.sweep()).rejects.toBe(full);
  expect(listing.mock.calls[0]?.[0]).toBe(yesterday);
  clock.advance(HOUR_MS);
  await engine.tick();
  expect((await ended(client, waiting)).state).toBe(RunState.SUCCEEDED);
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
