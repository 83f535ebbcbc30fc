import { RerunFrom, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { expect, test, vi } from "vitest";
import { type EngineClient, engineOnLoopback, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json, type LoopbackHttpServer } from "./http-server-on-loopback.ts";
import { create, ended, idOf, plain, reached, statesOf, value } from "./running.ts";
import { approval, fetching, manual, specOf, transform } from "./specs.ts";

test("a repeated start returns the first run, and other input under its request id is refused", async () => {
  const engine = await engineOnLoopback();
  const workflowId = await create(engine, specOf([manual()]));

  const starts = await Promise.all(
    [1, 2, 3].map(() => engine.startRun({ workflowId, requestId: "r1", input: value(1) })),
  );
  const reused = engine.startRun({ workflowId, requestId: "r1", input: value(2) });

  expect(new Set(starts.map((start) => start.run?.id)).size).toBe(1);
  expect(await errorOf(reused)).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_ID_REUSED" });
  expect((await engine.listRuns({})).runs).toHaveLength(1);
});

test("a workflow that needs input is stored, and a start is refused with the missing fields", async () => {
  const engine = await engineOnLoopback();
  const spec = specOf([manual(), fetching("get", {}, { needsInput: ["/url"] })], ["start -> get"]);
  const workflowId = await create(engine, spec);

  expect(await errorOf(engine.startRun({ workflowId }))).toEqual({
    code: "FailedPrecondition",
    reason: "NEEDS_INPUT",
    fields: ["spec.nodes[1].configuration.url NEEDS_INPUT"],
  });
});

test("runs are listed by workflow and by state, newest start first", async () => {
  const engine = await engineOnLoopback();
  const good = await create(engine, specOf([manual()]));
  const bad = await create(engine, specOf([manual(), transform("a", "$error('no')")], ["start -> a"]));
  const ids: string[] = [];
  for (const workflowId of [good, bad, good]) {
    ids.push((await ended(engine, (await engine.startRun({ workflowId })).run)).id);
  }
  const idsOf = async (request: Parameters<EngineClient["listRuns"]>[0]): Promise<(string | undefined)[]> =>
    (await engine.listRuns(request)).runs.map(({ id }) => id);

  expect(await idsOf({})).toEqual([ids[2], ids[1], ids[0]]);
  expect(await idsOf({ workflowId: good })).toEqual([ids[2], ids[0]]);
  expect(await idsOf({ state: RunState.FAILED })).toEqual([ids[1]]);
  expect(await idsOf({ pageSize: 1 })).toEqual([ids[2]]);
  expect((await engine.listRuns({})).runs[0]?.nodeExecutions).toEqual([]);
});

test("a large value is left out of the run, and GetNodeExecution shows it", async () => {
  const engine = await engineOnLoopback();
  const large = "x".repeat(5000);
  const started = await engine.startRun({ workflowId: await create(engine, specOf([manual()])), input: value(large) });
  const done = await ended(engine, started.run);

  expect(done.nodeExecutions[0]).toMatchObject({ payloadOmitted: true });
  expect(done.nodeExecutions[0]?.output).toBeUndefined();
  const { nodeExecution } = await engine.getNodeExecution({ runId: done.id, nodeId: "start" });
  expect(plain(nodeExecution?.output)).toBe(large);
  expect(await errorOf(engine.getNodeExecution({ runId: done.id, nodeId: "unknown" }))).toMatchObject({
    reason: "NODE_NOT_FOUND",
  });
});

test("an owner has at most ten active runs; an eleventh is PENDING until one ends", async () => {
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const clock = new FakeClock();
  const options = { clock, journal: new InProcessJournal({ clock }), allowHosts: server.authority };
  const { client, engine } = await instance(options);
  const workflowId = await create(client, specOf([manual(), fetching("slow", { url: server.url })], ["start -> slow"]));
  const runs = await Promise.all(Array.from({ length: 10 }, () => client.startRun({ workflowId })));
  await vi.waitUntil(() => server.seen.length === 10);

  const eleventh = await client.startRun({ workflowId });
  const pass = async (): Promise<void> => {
    clock.advance(1000);
    await engine.tick();
  };
  await pass();
  expect((await reached(client, eleventh.run, RunState.PENDING)).nodeExecutions).toEqual([]);

  await client.cancelRun({ runId: idOf(runs[0]?.run) });
  await ended(client, runs[0]?.run);
  await vi.waitUntil(async () => {
    await pass();
    return server.seen.length === 11;
  });
  for (const { run: open } of [...runs, eleventh]) await client.cancelRun({ runId: idOf(open) });
});

test("forty runs at once of one owner run to their end, ten at a time, without a tick", async () => {
  const client = await engineOnLoopback();
  const workflowId = await create(client, specOf([manual(), transform("next", "1")], ["start -> next"]));
  const runs = await Promise.all(Array.from({ length: 40 }, () => client.startRun({ workflowId })));

  for (const { run } of runs) expect((await ended(client, run)).state).toBe(RunState.SUCCEEDED);
});

test("a large input, a long request id, an unknown workflow and an unknown run are refused", async () => {
  const engine = await engineOnLoopback();
  const workflowId = await create(engine, specOf([manual()]));
  const large = value("x".repeat(300_000));

  expect(await errorOf(engine.startRun({ workflowId, input: large }))).toMatchObject({
    code: "InvalidArgument",
    fields: ["input"],
  });
  expect(await errorOf(engine.startRun({ workflowId, requestId: "x".repeat(129) }))).toMatchObject({
    fields: ["request_id"],
  });
  expect(await errorOf(engine.startRun({ workflowId: "a".repeat(26) }))).toMatchObject({
    reason: "WORKFLOW_NOT_FOUND",
  });
  expect(await errorOf(engine.getRun({ runId: "a".repeat(26) }))).toMatchObject({ reason: "RUN_NOT_FOUND" });
});

test("a failed run is run again from the failed node: what had succeeded is not executed again", async () => {
  const { engine, server, workflowId } = await flaky();
  const failed = await ended(engine, (await engine.startRun({ workflowId, input: value("in") })).run);
  expect(failed.state).toBe(RunState.FAILED);

  const again = await engine.rerunRun({ runId: failed.id, requestId: "r1" });
  const done = await ended(engine, again.run);

  expect(done).toMatchObject({ state: RunState.SUCCEEDED, rerunOf: failed.id, workflowVersion: 1 });
  expect(statesOf(done)).toEqual(Object.fromEntries(["start", "once", "flaky", "last"].map((id) => [id, "SUCCEEDED"])));
  expect(done.nodeExecutions.map(({ attempt }) => attempt)).toEqual([0, 0, 1, 1]);
  expect(plain(done.output)).toEqual(["in", 200, 200]);
  expect(server.seen.map(({ path }) => path)).toEqual(["/once", "/flaky", "/flaky"]);
  expect(server.seen[2]?.headers["idempotency-key"]).toBe(`${done.id}:flaky`);

  expect((await engine.rerunRun({ runId: failed.id, requestId: "r1" })).run).toEqual(done);
  const reused = engine.rerunRun({ runId: failed.id, requestId: "r1", from: RerunFrom.START });
  expect(await errorOf(reused)).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_ID_REUSED" });
  const nothing = engine.rerunRun({ runId: done.id });
  expect(await errorOf(nothing)).toMatchObject({ code: "FailedPrecondition", reason: "NOTHING_TO_RERUN" });
});

test("a run is run again from its start with the mended workflow and the same input; not before it has ended", async () => {
  const { engine, server, workflowId } = await flaky();
  const failed = await ended(engine, (await engine.startRun({ workflowId, input: value("in") })).run);
  await engine.updateWorkflow({ workflowId, spec: specOf([manual(), approval("ask")], ["start -> ask"]) });

  const again = await engine.rerunRun({ runId: failed.id, from: RerunFrom.START });
  const waiting = await reached(engine, again.run, RunState.WAITING);
  const early = engine.rerunRun({ runId: waiting.id, from: RerunFrom.START });
  expect(await errorOf(early)).toMatchObject({ code: "FailedPrecondition", reason: "RUN_NOT_ENDED" });
  await engine.signalRun({ runId: waiting.id, nodeId: "ask", signal: { case: "approval", value: { approved: true } } });

  const done = await ended(engine, again.run);
  expect(done).toMatchObject({ rerunOf: failed.id, workflowVersion: 2 });
  expect(plain(done.output)).toBe("in");
  expect(server.seen).toHaveLength(2);
});

/** Its request to /flaky fails the first time. */
async function flaky(): Promise<{ engine: EngineClient; server: LoopbackHttpServer; workflowId: string }> {
  const statuses = [500, 200];
  const server = await httpServerOnLoopback({
    "/once": json("ok"),
    "/flaky": (request, response) => json("ok", statuses.shift())(request, response),
  });
  const engine = await engineOnLoopback({ allowHosts: server.authority });
  const requests = ["once", "flaky"].map((id) => fetching(id, { url: `${server.url}/${id}` }));
  const last = transform("last", "[trigger, nodes.once.status, input.status]");
  const spec = specOf([manual(), ...requests, last], ["start -> once", "once -> flaky", "flaky -> last"]);
  return { engine, server, workflowId: await create(engine, spec) };
}
