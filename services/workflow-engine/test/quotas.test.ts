// Quotas, deletion and retention of one owner's workflows and runs; another owner's are not affected.
import { RunState } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createJournal, InProcessJournal, type Journal, UnreadableDocuments } from "@agent-team/journal";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { expect, onTestFinished, test } from "vitest";
import { DEFAULT_OWNER_LIMITS } from "../src/owner-limits.ts";
import { RunStore } from "../src/store/run-store.ts";
import { type EngineClient, engineOnLoopback, engineWithCallers, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback } from "./http-server-on-loopback.ts";
import { create, ended, idOf, value } from "./running.ts";
import { fetching, manual, specOf } from "./specs.ts";

const spec = specOf([manual()]);
const HOUR_MS = 3_600_000;

const journals: readonly (readonly [name: string, open: () => Promise<Journal>, why: string | undefined])[] = [
  ["in-process", async () => new InProcessJournal(), undefined],
  ["redis", redisJournal, whyNoRedisServer],
];

async function redisJournal(): Promise<Journal> {
  const redis = await RedisServer.start();
  const journal = await createJournal({ redisUrl: redis.url, clock: systemClock, random: systemRandom });
  onTestFinished(async () => {
    await journal.close();
    await redis[Symbol.asyncDispose]();
  });
  return journal;
}

/** Starts a run and waits for its end. */
async function runOf(engine: EngineClient, workflowId: string, requestId = ""): Promise<string> {
  return (await ended(engine, (await engine.startRun({ workflowId, requestId })).run)).id;
}

test.for(journals)(
  "%s: an owner at its quota of workflows is refused, other owners are not, and a deletion makes room",
  async ([, open, why], { skip }) => {
    skip(why !== undefined, why);
    const as = await engineWithCallers({ journal: await open(), env: { MAX_WORKFLOWS_PER_OWNER: "2" } });
    const [first] = [await create(as("greedy"), spec), await create(as("greedy"), spec)];

    const refused = as("greedy").createWorkflow({ spec });
    expect(await errorOf(refused)).toMatchObject({ code: "ResourceExhausted", reason: "QUOTA_WORKFLOWS" });
    await expect(refused).rejects.toThrow(
      "at most 2 workflows and 16777216 bytes of them are kept for one owner: delete some",
    );
    expect(await create(as("ada"), spec)).toMatch(/^[a-z2-7]{26}$/);

    await as("greedy").deleteWorkflow({ workflowId: first ?? "" });
    expect(await create(as("greedy"), spec)).toMatch(/^[a-z2-7]{26}$/);
  },
);

test.for(journals)(
  "%s: an owner at its quota of runs is refused, other owners are not, and a deletion makes room",
  async ([, open, why], { skip }) => {
    skip(why !== undefined, why);
    const as = await engineWithCallers({ journal: await open(), env: { MAX_RUNS_PER_OWNER: "2" } });
    const workflowId = await create(as("greedy"), spec);
    const [first] = [await runOf(as("greedy"), workflowId), await runOf(as("greedy"), workflowId)];

    expect(await errorOf(as("greedy").startRun({ workflowId }))).toMatchObject({
      code: "ResourceExhausted",
      reason: "QUOTA_RUNS",
    });
    await runOf(as("ada"), await create(as("ada"), spec));

    await as("greedy").deleteRun({ runId: first ?? "" });
    await runOf(as("greedy"), workflowId);
    expect((await as("greedy").listRuns({})).runs).toHaveLength(2);
  },
);

test("the quotas count bytes, too", async () => {
  const engine = await engineOnLoopback({ env: { MAX_WORKFLOW_MIB_PER_OWNER: "1", MAX_RUN_MIB_PER_OWNER: "1" } });
  const large = { ...spec, description: "x".repeat(208_000) };
  const workflowIds = [1, 2, 3, 4, 5].map(() => create(engine, large));
  const [workflowId = ""] = await Promise.all(workflowIds);

  expect(await errorOf(engine.createWorkflow({ spec: large }))).toMatchObject({ reason: "QUOTA_WORKFLOWS" });
  expect(
    await errorOf(engine.updateWorkflow({ workflowId, spec: { ...large, description: "y".repeat(220_000) } })),
  ).toMatchObject({
    reason: "QUOTA_WORKFLOWS",
  });
  expect((await engine.updateWorkflow({ workflowId, spec })).workflow?.version).toBe(2); // smaller

  // A run of a trigger alone keeps its input four times: as input, as the trigger's input and output, and as its output.
  const input = value("x".repeat(250_000));
  await ended(engine, (await engine.startRun({ workflowId, input })).run);
  expect(await errorOf(engine.startRun({ workflowId, input }))).toMatchObject({ reason: "QUOTA_RUNS" });
});

test("a deleted workflow is not found, its runs are, and a repeated deletion succeeds", async () => {
  const engine = await engineOnLoopback();
  const { workflow } = await engine.createWorkflow({ spec, requestId: "r1" });
  const workflowId = workflow?.id ?? "";
  const runId = await runOf(engine, workflowId);

  for (const _ of [1, 2]) await engine.deleteWorkflow({ workflowId });

  expect(await errorOf(engine.getWorkflow({ workflowId }))).toMatchObject({
    code: "NotFound",
    reason: "WORKFLOW_NOT_FOUND",
  });
  expect(await errorOf(engine.startRun({ workflowId }))).toMatchObject({ reason: "WORKFLOW_NOT_FOUND" });
  expect((await engine.listWorkflows({})).workflows).toEqual([]);
  expect((await engine.getRun({ runId })).run?.state).toBe(RunState.SUCCEEDED);
  // A repeat of the creation does not create it again.
  expect(await errorOf(engine.createWorkflow({ spec, requestId: "r1" }))).toMatchObject({
    code: "FailedPrecondition",
    reason: "DELETED",
  });
});

test("a run can be deleted when it has ended, and not before", async () => {
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const engine = await engineOnLoopback({ allowHosts: server.authority });
  const workflowId = await create(engine, specOf([manual(), fetching("slow", { url: server.url })], ["start -> slow"]));
  const { run } = await engine.startRun({ workflowId, requestId: "r1" });

  expect(await errorOf(engine.deleteRun({ runId: idOf(run) }))).toMatchObject({
    code: "FailedPrecondition",
    reason: "RUN_NOT_ENDED",
  });
  await engine.cancelRun({ runId: idOf(run) });
  await ended(engine, run);
  for (const _ of [1, 2]) await engine.deleteRun({ runId: idOf(run) });

  expect(await errorOf(engine.getRun({ runId: idOf(run) }))).toMatchObject({
    code: "NotFound",
    reason: "RUN_NOT_FOUND",
  });
  expect((await engine.listRuns({})).runs).toEqual([]);
  expect((await engine.listRuns({ workflowId })).runs).toEqual([]);
  expect(await errorOf(engine.startRun({ workflowId, requestId: "r1" }))).toMatchObject({ reason: "DELETED" });
});

test("a sweep removes runs after their retention, and tombstones after a day", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal();
  const { client: engine, engine: kept } = await instance({ journal, clock, env: { RUN_RETENTION_HOURS: "48" } });
  const workflowId = await create(engine, spec);
  const old = await runOf(engine, workflowId);
  const { workflow } = await engine.createWorkflow({ spec, requestId: "r1" });
  await engine.deleteWorkflow({ workflowId: workflow?.id ?? "" });
  clock.advance(30 * HOUR_MS);
  const young = await runOf(engine, workflowId);

  expect(await kept.sweep()).toBe(1); // the tombstone
  expect((await engine.createWorkflow({ spec, requestId: "r1" })).workflow?.id).toBe(workflow?.id);
  clock.advance(19 * HOUR_MS);
  expect(await kept.sweep()).toBe(1);

  expect(await errorOf(engine.getRun({ runId: old }))).toMatchObject({ reason: "RUN_NOT_FOUND" });
  expect((await engine.listRuns({})).runs.map(({ id }) => id)).toEqual([young]);
  clock.advance(40 * HOUR_MS);
  expect(await kept.sweep()).toBe(1);
  expect(await kept.sweep()).toBe(0);
});

test("a run whose engine died can be deleted after its time limit, and a sweep removes it later", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal();
  const { client: engine, engine: kept } = await instance({ journal, clock });
  // The events of a run whose engine died after the first step.
  const [one, two] = ["a", "b"].map((letter) => letter.repeat(26)) as [string, string];
  const header = { owner: "local", workflowId: "c".repeat(26), workflowVersion: 1, spec: {}, startedHash: "" };
  const events = [{ type: "run_started", timeMs: clock.wallNow(), input: null }] as const;
  const runs = new RunStore(journal, DEFAULT_OWNER_LIMITS, new UnreadableDocuments(() => {}));
  for (const id of [one, two]) await runs.create({ id, ...header, events });

  expect(await errorOf(engine.deleteRun({ runId: one }))).toMatchObject({ reason: "RUN_NOT_ENDED" });
  clock.advance(2 * HOUR_MS);
  await engine.deleteRun({ runId: one });
  clock.advance(36 * 24 * HOUR_MS);
  expect(await kept.sweep()).toBe(1); // the tombstone of the first
  expect((await engine.getRun({ runId: two })).run?.state).toBe(RunState.PENDING);
  clock.advance(24 * HOUR_MS);
  expect(await kept.sweep()).toBe(1);
  expect(await errorOf(engine.getRun({ runId: two }))).toMatchObject({ reason: "RUN_NOT_FOUND" });
});
