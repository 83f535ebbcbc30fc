// People decide about runs. Of two decisions the first counts, and a decision that comes too late is refused.
import { NodeState, RunState, type WorkflowSpec } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { type EngineClient, engineWithCallers, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { create, ended, idOf, plain, reached, statesOf, value } from "./running.ts";
import { approval, forEach, manual, specOf, transform } from "./specs.ts";

const asking = (configuration = {}): WorkflowSpec =>
  specOf(
    [
      manual(),
      approval("ask", configuration),
      transform("yes", "'yes'"),
      transform("no", "'no'"),
      transform("late", "'late'"),
    ],
    ["start -> ask", "ask -approved-> yes", "ask -rejected-> no", "ask -expired-> late"],
  );

function decide(engine: EngineClient, runId: string, approved: boolean, more = {}): Promise<unknown> {
  return engine.signalRun({ runId, nodeId: "ask", signal: { case: "approval", value: { approved, ...more } } });
}

test.for([
  [true, "yes"],
  [false, "no"],
] as const)(
  "the decision approved=%s leads on, on any engine, and is shown with who and when",
  async ([approved, output]) => {
    const clock = new FakeClock();
    const options = { clock, journal: new InProcessJournal({ clock }) };
    const [first, second] = [await instance(options), await instance(options)];
    const started = await first.client.startRun({
      workflowId: await create(first.client, asking()),
      input: value({ n: 1 }),
    });
    const waiting = await reached(first.client, started.run, RunState.WAITING);
    expect(waiting.pendingApprovals).toMatchObject([{ nodeId: "ask", prompt: "Go on?" }]);
    expect(waiting.pendingApprovals[0]?.expireTime).toBeUndefined();
    clock.advance(86_400_000);

    await decide(second.client, waiting.id, approved, { comment: "because" });
    const done = await ended(second.client, started.run);

    expect(plain(done.output)).toBe(output);
    expect(done.pendingApprovals).toEqual([]);
    const asked = done.nodeExecutions.find(({ nodeId }) => nodeId === "ask");
    expect(asked).toMatchObject({
      state: NodeState.SUCCEEDED,
      outputKey: approved ? "approved" : "rejected",
      decision: { approved, comment: "because", decidedBy: "local" },
    });
    expect(plain(asked?.output)).toEqual({ n: 1 });
    expect(asked?.decision?.decideTime && timestampMs(asked.decision.decideTime)).toBe(clock.wallNow());
  },
);

test("in a loop each item has a decision of its own, and a node without an item is NOT_FOUND", async () => {
  const { client } = await instance({});
  const spec = specOf(
    [manual(), forEach("each", "input", { max_concurrency: 3 }), approval("ask"), transform("say", "nodes.each * 10")],
    ["start -> each", "each -item-> ask", "ask -approved-> say"],
  );
  const { run } = await client.startRun({ workflowId: await create(client, spec), input: value([1, 2, 3]) });
  const waiting = await reached(client, run, RunState.WAITING);
  expect(waiting.pendingApprovals.map(({ nodeId }) => nodeId)).toEqual(["ask.0", "ask.1", "ask.2"]);

  const signal = { case: "approval", value: { approved: true } } as const;
  await client.signalRun({ runId: waiting.id, nodeId: "ask.0", signal });
  await reached(client, run, RunState.WAITING);
  await expect
    .poll(async () => (await client.getRun({ runId: waiting.id })).run?.pendingApprovals.map(({ nodeId }) => nodeId))
    .toEqual(["ask.1", "ask.2"]);
  expect(await errorOf(client.getNodeExecution({ runId: waiting.id, nodeId: "ask" }))).toMatchObject({
    code: "NotFound",
  });
  expect(await errorOf(client.signalRun({ runId: waiting.id, nodeId: "ask", signal }))).toMatchObject({
    code: "NotFound",
  });

  for (const nodeId of ["ask.1", "ask.2"]) await client.signalRun({ runId: waiting.id, nodeId, signal });
  expect(plain((await ended(client, run)).output)).toEqual([10, 20, 30]);
});

test("of two decisions at once one wins, and the other is told who decided and what", async () => {
  const journal = new InProcessJournal();
  const [first, second] = [await instance({ journal }), await instance({ journal })];
  const started = await first.client.startRun({ workflowId: await create(first.client, asking()) });
  const { id } = await reached(first.client, started.run, RunState.WAITING);

  const outcomes = await Promise.allSettled([decide(first.client, id, true), decide(second.client, id, false)]);
  const done = await ended(first.client, started.run);

  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(plain(done.output)).toBe(outcomes[0]?.status === "fulfilled" ? "yes" : "no");
  expect(await errorOf(decide(first.client, id, true))).toMatchObject({
    code: "FailedPrecondition",
    reason: "ALREADY_DECIDED",
  });
  const error = await decide(first.client, id, true).catch((thrown: Error) => thrown.message);
  expect(error).toMatch(/(approved|rejected) by local at 20\d\d-/);
});

test("a repeated request succeeds and changes nothing; with the opposite decision its id is refused", async () => {
  const { client } = await instance({});
  const started = await client.startRun({ workflowId: await create(client, asking()) });
  const { id: runId } = await reached(client, started.run, RunState.WAITING);
  const send = (approved: boolean): Promise<unknown> =>
    client.signalRun({ runId, nodeId: "ask", requestId: "k", signal: { case: "approval", value: { approved } } });

  await send(true);
  await send(true);
  expect(await errorOf(send(false))).toMatchObject({ reason: "REQUEST_ID_REUSED" });
  const done = await ended(client, started.run);
  await send(true);

  expect(plain(done.output)).toBe("yes");
});

test("without an answer in time the run leaves by expired, and a later decision is refused", async () => {
  const clock = new FakeClock();
  const { client, engine } = await instance({ clock, journal: new InProcessJournal({ clock }) });
  const started = await client.startRun({ workflowId: await create(client, asking({ expires_after_seconds: 60 })) });
  const waiting = await reached(client, started.run, RunState.WAITING);
  expect(waiting.pendingApprovals[0]?.expireTime).toBeDefined();

  clock.advance(60_000);
  expect(await errorOf(decide(client, waiting.id, true))).toMatchObject({ reason: "NODE_NOT_WAITING" });
  await engine.tick();
  const done = await ended(client, started.run);

  expect(plain(done.output)).toBe("late");
  expect(statesOf(done)).toMatchObject({ ask: "SUCCEEDED", yes: "SKIPPED", no: "SKIPPED" });
  expect(await errorOf(decide(client, done.id, true))).toMatchObject({ reason: "NODE_NOT_WAITING" });
});

test("another owner's run is NOT_FOUND; so is an unknown node; a node without a question is FAILED_PRECONDITION", async () => {
  const as = await engineWithCallers();
  const ada = as("ada");
  const started = await ada.startRun({ workflowId: await create(ada, asking()) });
  const { id } = await reached(ada, started.run, RunState.WAITING);

  expect(await errorOf(decide(as("eve"), id, true))).toMatchObject({ code: "NotFound", reason: "RUN_NOT_FOUND" });
  const to = (nodeId: string): Promise<unknown> =>
    ada.signalRun({ runId: id, nodeId, signal: { case: "approval", value: { approved: true } } });
  expect(await errorOf(to("yes"))).toMatchObject({ code: "NotFound", reason: "NODE_NOT_FOUND" });
  expect(await errorOf(to("start"))).toMatchObject({ code: "FailedPrecondition", reason: "NODE_NOT_WAITING" });
  expect(await errorOf(ada.signalRun({ runId: id, nodeId: "ask" }))).toMatchObject({ code: "InvalidArgument" });
  const long = { comment: "x".repeat(1025) };
  expect(await errorOf(decide(ada, id, true, long))).toMatchObject({ code: "InvalidArgument" });
  await ada.cancelRun({ runId: idOf(started.run) });
  await ended(ada, started.run);
  expect(await errorOf(decide(ada, id, true))).toMatchObject({ reason: "NODE_NOT_WAITING" });
});
