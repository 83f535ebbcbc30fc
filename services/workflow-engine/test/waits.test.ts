// Runs that wait: for a time, and for the next attempt of a node. No engine works for them meanwhile, and any engine continues them.
import { NodeState, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { httpServerOnLoopback } from "./http-server-on-loopback.ts";
import { create, ended, idOf, plain, reached, statesOf, value } from "./running.ts";
import { delay, fetching, manual, specOf, transform } from "./specs.ts";

const HOUR_MS = 3_600_000;

interface Pair {
  readonly clock: FakeClock;
  readonly first: Instance;
  readonly second: Instance;
}

/** Two engines on one store, by one clock that the test moves. */
async function pair(allowHosts = ""): Promise<Pair> {
  const clock = new FakeClock();
  const options = { clock, journal: new InProcessJournal({ clock }), allowHosts };
  return { clock, first: await instance(options), second: await instance(options) };
}

test("a DELAY outlives its engine, and no time of the run passes meanwhile", async () => {
  const { clock, first, second } = await pair();
  const nodes = [manual(), delay("wait", 48 * 3600), transform("next", "input.n + 1")];
  const workflowId = await create(first.client, specOf(nodes, ["start -> wait", "wait -> next"]));
  const started = await first.client.startRun({ workflowId, input: value({ n: 1 }) });

  const waiting = await reached(first.client, started.run, RunState.WAITING);
  expect(waiting.nodeExecutions[1]).toMatchObject({ nodeId: "wait", state: NodeState.WAITING, attempt: 1 });
  const wakeTime = waiting.nodeExecutions[1]?.wakeTime;
  expect(wakeTime && timestampMs(wakeTime)).toBe(clock.wallNow() + 48 * HOUR_MS);
  await first.engine.drained(); // a run that waits does not keep its engine
  const listed = async (): Promise<unknown> => (await second.client.listRuns({})).runs.map(({ state }) => state);
  expect(await listed()).toEqual([RunState.WAITING]);

  for (let hour = 1; hour < 48; hour++) {
    clock.advance(HOUR_MS);
    await second.engine.tick();
  }
  expect(await listed()).toEqual([RunState.WAITING]);
  clock.advance(HOUR_MS);
  await second.engine.tick();

  const done = await ended(second.client, started.run);
  expect(done.state).toBe(RunState.SUCCEEDED);
  expect(plain(done.output)).toBe(2);
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", wait: "SUCCEEDED", next: "SUCCEEDED" });
});

test("a waiting run is canceled at once, by any engine", async () => {
  const { first, second } = await pair();
  const workflowId = await create(first.client, specOf([manual(), delay("wait", 3600)], ["start -> wait"]));
  const started = await first.client.startRun({ workflowId });
  await reached(first.client, started.run, RunState.WAITING);

  await second.client.cancelRun({ runId: idOf(started.run), reason: "changed my mind" });
  const done = await ended(first.client, started.run);

  expect(done).toMatchObject({ state: RunState.CANCELED, error: { message: "changed my mind" } });
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", wait: "CANCELED" });
});

test("an engine aborts the open request of a run that was canceled through another engine, at its next tick", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({ "/": (request) => void request.socket.once("close", closed.resolve) });
  const { first, second } = await pair(server.authority);
  const workflowId = await create(
    first.client,
    specOf([manual(), fetching("slow", { url: server.url })], ["start -> slow"]),
  );
  const started = await first.client.startRun({ workflowId });
  await vi.waitUntil(() => server.seen.length === 1);

  await second.client.cancelRun({ runId: idOf(started.run) });
  await first.engine.tick();
  await closed.promise;

  expect(await ended(second.client, started.run)).toMatchObject({ state: RunState.CANCELED });
});

test("a failed request is repeated after its backoff, also by another engine, with the same Idempotency-Key", async () => {
  const answers = [503, 429, 200];
  const server = await httpServerOnLoopback({
    "/": (_request, response) => void response.writeHead(answers.shift() ?? 500).end(),
  });
  const { clock, first, second } = await pair(server.authority);
  const retryPolicy = { maxAttempts: 3, initialBackoff: durationFromMs(60_000), maxBackoff: durationFromMs(90_000) };
  const get = fetching("get", { url: server.url }, { retryPolicy });
  const started = await first.client.startRun({
    workflowId: await create(first.client, specOf([manual(), get], ["start -> get"])),
  });

  const waiting = await reached(first.client, started.run, RunState.WAITING);
  expect(waiting.nodeExecutions[1]).toMatchObject({
    state: NodeState.RETRYING,
    attempt: 1,
    error: { code: "HTTP_STATUS", retryable: true },
  });
  for (const attempt of [2, 3]) {
    clock.advance(90_000);
    await second.engine.tick();
    await vi.waitUntil(() => server.seen.length === attempt);
    if (attempt === 2) await reached(first.client, started.run, RunState.WAITING);
  }

  const done = await ended(second.client, started.run);
  expect(done.nodeExecutions[1]).toMatchObject({ state: NodeState.SUCCEEDED, attempt: 3 });
  expect(new Set(server.seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
});

test("after its last attempt a node fails; a failure that another attempt cannot mend is not repeated", async () => {
  const server = await httpServerOnLoopback({
    "/busy": (_request, response) => void response.writeHead(503).end(),
    "/wrong": (_request, response) => void response.writeHead(404).end(),
  });
  const { clock, first } = await pair(server.authority);
  const retryPolicy = { maxAttempts: 2, initialBackoff: durationFromMs(1) };
  const [busyRun, wrongRun] = await Promise.all(
    ["busy", "wrong"].map(async (path) => {
      const get = fetching("get", { url: `${server.url}/${path}` }, { retryPolicy });
      const workflowId = await create(first.client, specOf([manual(), get], ["start -> get"]));
      return (await first.client.startRun({ workflowId })).run;
    }),
  );
  // A wait that is shorter than the lease stays with its engine, and a timer ends it.
  await vi.waitUntil(
    () => {
      clock.advance(1);
      return server.seen.length === 3;
    },
    { interval: 10 },
  );
  const [busy, wrong] = [await ended(first.client, busyRun), await ended(first.client, wrongRun)];

  expect(busy).toMatchObject({ state: RunState.FAILED, error: { code: "HTTP_STATUS" } });
  expect(busy.nodeExecutions[1]?.attempt).toBe(2);
  expect(wrong.nodeExecutions[1]?.attempt).toBe(1);
  expect(server.seen.map(({ path }) => path).toSorted()).toEqual(["/busy", "/busy", "/wrong"]);
});

test("a run with nothing but its wait is one entry in the store: a tick that finds it too early leaves it as it is", async () => {
  const { clock, first, second } = await pair();
  const workflowId = await create(first.client, specOf([manual(), delay("wait", 3 * 3600)], ["start -> wait"]));
  const started = await first.client.startRun({ workflowId });
  await reached(first.client, started.run, RunState.WAITING);
  const before = (await first.client.getRun({ runId: idOf(started.run) })).run;

  clock.advance(HOUR_MS); // the longest time for which a parked run is not looked at
  await second.engine.tick();
  await second.engine.drained();

  expect((await first.client.getRun({ runId: idOf(started.run) })).run).toEqual(before);
});
