// CRON triggers: two engines on one store, by one clock that the test moves.
import { NodeType, type Run, RunState, type WorkflowSpec } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import type { JsonObject } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import { type EngineOnLoopbackOptions, type Instance, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback } from "./http-server-on-loopback.ts";
import { create, ended, plain } from "./running.ts";
import { approval, cron, fetching, manual, node, specOf } from "./specs.ts";

/** Thu 2026-01-01T00:00:00Z. */
const START_MS = 1_767_225_600_000;
const MINUTE_MS = 60_000;

interface Pair {
  readonly clock: FakeClock;
  readonly first: Instance;
  readonly second: Instance;
  /** All runs, the first one first. */
  runs(): Promise<readonly Run[]>;
  /** Time passes, and both engines tick. */
  pass(ms: number): Promise<void>;
}

/** For runs that call a server of the test. */
const LOCAL_SERVER = { allowHosts: "127.0.0.1" };

async function pair(more: EngineOnLoopbackOptions = {}): Promise<Pair> {
  const clock = new FakeClock(START_MS);
  const options = { ...more, clock, journal: new InProcessJournal({ clock }) };
  const [first, second] = [await instance(options), await instance(options)];
  return {
    clock,
    first,
    second,
    runs: async () => (await first.client.listRuns({})).runs.toReversed(),
    async pass(ms) {
      clock.advance(ms);
      await Promise.all([first.engine.tick(), second.engine.tick()]);
    },
  };
}

async function activate({ client }: Instance, spec: WorkflowSpec): Promise<string> {
  const workflowId = await create(client, spec);
  await client.setWorkflowActive({ workflowId, active: true });
  return workflowId;
}

const minutely = specOf([cron("* * * * *")]);

test("an active schedule fires at each of its times, once for two engines, and tells the run when", async () => {
  const { first, runs, pass } = await pair();
  const workflowId = await activate(first, minutely);

  await pass(MINUTE_MS - 1);
  expect(await runs()).toEqual([]);
  await pass(1);
  for (let minute = 2; minute <= 20; minute++) await pass(MINUTE_MS);

  expect(await runs()).toHaveLength(20);
  const done = await ended(first.client, (await runs())[1]);
  expect(done).toMatchObject({ workflowId, state: RunState.SUCCEEDED });
  const time = "2026-01-01T00:02:00.000Z";
  expect(plain(done.output)).toEqual({ scheduled_time: time, fire_time: time, missed: 0 });
});

test("an hour in its zone is shown and kept", async () => {
  const { first, runs, pass } = await pair();
  const workflowId = await activate(first, specOf([cron("0 9 * * 1-5", "Europe/Berlin")]));

  const { workflow } = await first.client.getWorkflow({ workflowId });
  const nextFireTime = workflow?.trigger?.nextFireTime;
  expect(nextFireTime && timestampMs(nextFireTime)).toBe(START_MS + 8 * 3_600_000);
  for (let hour = 1; hour <= 8; hour++) await pass(3_600_000); // the longest time for which a schedule is not looked at
  expect(await runs()).toHaveLength(1);
});

test("firings that no engine saw become one, which tells its time and their number", async () => {
  const { first, runs, pass } = await pair();
  const workflowId = await activate(first, minutely);

  await pass(10 * MINUTE_MS + 5000);
  await pass(1000);

  expect(await runs()).toHaveLength(1);
  const done = await ended(first.client, (await runs())[0]);
  const [scheduled_time, fire_time] = ["2026-01-01T00:10:00.000Z", "2026-01-01T00:10:05.000Z"];
  expect(plain(done.output)).toEqual({ scheduled_time, fire_time, missed: 9 });
  const { workflow } = await first.client.getWorkflow({ workflowId });
  expect(workflow?.trigger).toMatchObject({ missedFires: 9, lastFireTime: { seconds: BigInt(START_MS / 1000 + 600) } });
});

test("a workflow that is not active, or deleted, or has another trigger now, does not fire", async () => {
  const { first, second, runs, pass } = await pair();
  const [stopped, deleted, changed] = [
    await activate(first, minutely),
    await activate(first, minutely),
    await activate(first, minutely),
  ];

  await second.client.setWorkflowActive({ workflowId: stopped, active: false });
  await second.client.deleteWorkflow({ workflowId: deleted });
  const { workflow } = await second.client.updateWorkflow({ workflowId: changed, spec: specOf([manual()]) });
  for (let minute = 0; minute < 3; minute++) await pass(MINUTE_MS);

  expect(await runs()).toEqual([]);
  expect(workflow).toMatchObject({ version: 2, active: false });
});

test("a change of the schedule counts from then on, and firings before an activation are not missed ones", async () => {
  const { first, runs, pass, clock } = await pair();
  const workflowId = await activate(first, specOf([cron("0 * * * *")]));

  await first.client.updateWorkflow({ workflowId, spec: minutely });
  await pass(MINUTE_MS);
  expect((await runs()).map(({ workflowVersion }) => workflowVersion)).toEqual([2]);
  await first.client.setWorkflowActive({ workflowId, active: false });
  clock.advance(30 * MINUTE_MS);
  await first.client.setWorkflowActive({ workflowId, active: true });
  await pass(0);
  expect(await runs()).toHaveLength(1);
  await pass(MINUTE_MS);
  expect(await runs()).toHaveLength(2);
});

test("an engine that dies between the write and the schedule leaves a schedule that fires", async () => {
  const clock = new FakeClock(START_MS);
  const journal = new InProcessJournal({ clock });
  const { client } = await instance({ clock, journal });
  const workflowId = await create(client, minutely);
  const schedule = vi.spyOn(journal, "schedule");
  schedule.mockImplementationOnce((...call) => InProcessJournal.prototype.schedule.apply(journal, call));
  schedule.mockRejectedValueOnce(new Error("the engine has died"));
  await client.setWorkflowActive({ workflowId, active: true }).catch(() => undefined);
  schedule.mockRestore();

  const other = await instance({ clock, journal });
  clock.advance(MINUTE_MS);
  await other.engine.tick();

  expect((await other.client.listRuns({})).runs).toHaveLength(1);
});

test("only a workflow that can fire, and needs no further value, is made active", async () => {
  const { client } = await instance({});
  const manualId = await create(client, specOf([manual()]));
  const open = { ...cron("* * * * *"), needsInput: ["/timezone"] };
  const openId = await create(client, specOf([open]));

  expect(await errorOf(client.setWorkflowActive({ workflowId: manualId, active: true }))).toMatchObject({
    code: "FailedPrecondition",
    reason: "NOTHING_TO_ACTIVATE",
  });
  expect(await errorOf(client.setWorkflowActive({ workflowId: openId, active: true }))).toMatchObject({
    code: "FailedPrecondition",
    reason: "NEEDS_INPUT",
  });
});

/** A schedule of every minute, whose run works until `end` is called, or waits for a person. */
async function slow(
  pair: Pair,
  configuration: JsonObject,
  isWaiting = false,
): Promise<{ workflowId: string; end(): Promise<void> }> {
  let release = (): void => {};
  const server = await httpServerOnLoopback({
    "/slow": (_request, response) => {
      release = () => void response.writeHead(200).end();
    },
  });
  const work = isWaiting
    ? approval("work")
    : fetching("work", { url: `${server.url}/slow` }, { timeout: { seconds: 600n } });
  const trigger = node("start", NodeType.TRIGGER, "CRON", { expression: "* * * * *", ...configuration });
  const workflowId = await activate(pair.first, specOf([trigger, work], ["start -> work"]));
  return {
    workflowId,
    async end() {
      await vi.waitUntil(() => server.seen.length > 0, { timeout: 30_000 });
      release();
      await vi.waitUntil(async () => (await pair.runs()).every(({ state }) => state === RunState.SUCCEEDED), {
        timeout: 30_000,
      });
    },
  };
}

const skippedOf = async ({ first }: Pair, workflowId: string): Promise<number | undefined> =>
  (await first.client.getWorkflow({ workflowId })).workflow?.trigger?.skippedFires;

test("while the run before works a firing is skipped, and the number of skipped ones is shown", async () => {
  const each = await pair(LOCAL_SERVER);
  const { workflowId, end } = await slow(each, {});
  for (let minute = 1; minute <= 4; minute++) await each.pass(MINUTE_MS);
  expect(await each.runs()).toHaveLength(1);
  expect(await skippedOf(each, workflowId)).toBe(3);
  await end();
  await each.pass(MINUTE_MS);
  expect(await each.runs()).toHaveLength(2);
});

test("with overlap queue the firings that were due meanwhile become one run afterwards", async () => {
  const each = await pair(LOCAL_SERVER);
  const { workflowId, end } = await slow(each, { overlap: "queue" });
  for (let minute = 1; minute <= 4; minute++) await each.pass(MINUTE_MS);
  expect(await each.runs()).toHaveLength(1);
  await end();
  await each.pass(2_000);
  const runs = await each.runs();
  expect(runs).toHaveLength(2);
  const input = (await each.first.client.getNodeExecution({ runId: runs[1]?.id ?? "", nodeId: "start" })).nodeExecution;
  expect(plain(input?.output)).toMatchObject({ scheduled_time: "2026-01-01T00:04:00.000Z", missed: 2 });
  expect(await skippedOf(each, workflowId)).toBe(0);
});

test("with overlap allow, and while the run before only waits for a person, each firing starts a run", async () => {
  const allowed = await pair(LOCAL_SERVER);
  await slow(allowed, { overlap: "allow" });
  for (let minute = 1; minute <= 3; minute++) await allowed.pass(MINUTE_MS);
  expect(await allowed.runs()).toHaveLength(3);

  const waiting = await pair();
  await slow(waiting, {}, true);
  for (let minute = 1; minute <= 11; minute++) {
    await waiting.pass(MINUTE_MS);
    await vi.waitUntil(async () => (await waiting.runs()).every(({ state }) => state === RunState.WAITING), {
      timeout: 30_000,
    });
  }
  expect(await waiting.runs()).toHaveLength(11);
});

test("a firing for which the store has no room waits, and starts one run when there is room", async () => {
  const clock = new FakeClock(START_MS);
  const journal = new InProcessJournal({ clock });
  const lines: string[] = [];
  const only = await instance({ clock, journal, onLogLine: (line) => lines.push(line) });
  await activate(only, minutely);
  const { put } = journal;
  const full = vi.spyOn(journal, "put").mockImplementation(async (key, value, options) => {
    if (key.startsWith("run/")) throw new JournalError("full", "no room");
    return put.call(journal, key, value, options);
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await only.engine.tick();
  };

  await pass(MINUTE_MS);
  for (let second = 0; second < 5; second++) await pass(1_000);
  full.mockRestore();
  await pass(1_000);
  await pass(1_000);

  const { runs } = await only.client.listRuns({});
  expect(runs).toHaveLength(1);
  const times = { scheduled_time: "2026-01-01T00:01:00.000Z", fire_time: "2026-01-01T00:01:06.000Z" };
  expect(plain((await ended(only.client, runs[0])).output)).toMatchObject(times);
  expect(lines).toEqual([]);
});

test("with catch_up none a firing that is more than a minute late starts no run", async () => {
  const each = await pair();
  const trigger = node("start", NodeType.TRIGGER, "CRON", { expression: "0 * * * *", catch_up: "none" });
  const workflowId = await activate(each.first, specOf([trigger]));
  await each.pass(3_600_000 + 59_000);
  expect(await each.runs()).toHaveLength(1);
  await each.pass(3_600_000 + 30_000);
  expect(await each.runs()).toHaveLength(1);
  expect(await skippedOf(each, workflowId)).toBe(1);
  await each.pass(3_600_000 - 89_000);
  expect(await each.runs()).toHaveLength(2);
});
