// Two engines share a store. One of them dies or is late, and the other one continues its runs.
import { NodeState, type Run, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import { DEFAULT_LEASE_MS } from "../src/run-queue.ts";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { httpServerOnLoopback, json, type LoopbackHttpServer } from "./http-server-on-loopback.ts";
import { create, ended, idOf, plain, statesOf, value } from "./running.ts";
import { fetching, forEach, manual, specOf, transform } from "./specs.ts";

interface Pair {
  readonly first: Instance;
  readonly second: Instance;
  readonly server: LoopbackHttpServer;
  /** The first one has not renewed its runs for a lease, the second one has. */
  passLease(): Promise<void>;
  /** Lets the server answer requests that it holds back. */
  answer(): void;
}

/** Two engines on one store, by one clock that the test moves. The server holds back its answers. */
async function pair(): Promise<Pair> {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const held = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/fast": json("ok"),
    "/": (request, response) => void held.promise.then(() => json("ok")(request, response)),
  });
  const options = { clock, journal, allowHosts: server.authority };
  const [first, second] = [await instance(options), await instance(options)];
  return {
    first,
    second,
    server,
    answer: held.resolve,
    async passLease() {
      clock.advance(DEFAULT_LEASE_MS);
      await second.engine.tick();
    },
  };
}

async function statesNow({ client }: Instance, run: Run | undefined): Promise<Record<string, string>> {
  const { run: now } = await client.getRun({ runId: idOf(run) });
  return now === undefined ? {} : statesOf(now);
}

test("a run of a silent engine is continued after its lease, with the same Idempotency-Key, and ends once", async () => {
  const { first, second, server, passLease, answer } = await pair();
  const spec = specOf(
    [manual(), fetching("get", { url: server.url }), transform("next", "1")],
    ["start -> get", "get -> next"],
  );
  const started = await first.client.startRun({ workflowId: await create(first.client, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await second.engine.tick();
  expect(server.seen).toHaveLength(1); // its lease has not ended
  await passLease();
  await vi.waitUntil(() => server.seen.length === 2);
  answer();
  const done = await ended(second.client, started.run);
  await first.engine.drained(); // it has read that it was replaced

  expect(done.state).toBe(RunState.SUCCEEDED);
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", get: "SUCCEEDED", next: "SUCCEEDED" });
  expect(new Set(server.seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  expect((await first.client.getRun({ runId: done.id })).run).toEqual(done);
});

test("a loop goes on after a takeover: each iteration is recorded once, and those that had ended do not run again", async () => {
  const { first, second, server, passLease, answer } = await pair();
  const items = [{ at: "fast" }, { at: "" }, { at: "fast" }];
  const body = fetching("get", { url: `{% '${server.url}/' & input.at %}` });
  const spec = specOf(
    [
      manual(),
      forEach("each", "input", { max_concurrency: 2 }),
      body,
      transform("say", "nodes.each.at & nodes.get.status"),
    ],
    ["start -> each", "each -item-> get", "get -> say"],
  );
  const workflowId = await create(first.client, spec);
  const started = await first.client.startRun({ workflowId, input: value(items) });
  await vi.waitUntil(async () => (await statesNow(first, started.run))["say.2"] === "SUCCEEDED");

  await passLease();
  await vi.waitUntil(() => server.seen.filter(({ path }) => path === "/").length === 2);
  answer();
  const done = await ended(second.client, started.run);
  await first.engine.drained();

  expect(plain(done.output)).toEqual(["fast200", "200", "fast200"]);
  expect(done.nodeExecutions).toHaveLength(8);
  expect(new Set(Object.values(statesOf(done)))).toEqual(new Set(["SUCCEEDED"]));
  const keys = server.seen.map(({ headers }) => String(headers["idempotency-key"]));
  expect(keys.toSorted()).toEqual([0, 1, 1, 2].map((index) => `${done.id}:get.${index}`));
});

test("a node with rerun_on_takeover false is not executed again: its outcome is unknown", async () => {
  const { first, second, server, passLease } = await pair();
  const once = fetching("once", { url: server.url }, { rerunOnTakeover: false, continueOnError: true });
  const spec = specOf([manual(), once, transform("next", "input.code")], ["start -> once", "once -error-> next"]);
  const started = await first.client.startRun({ workflowId: await create(first.client, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await passLease();
  const done = await ended(second.client, started.run);

  expect(plain(done.output)).toBe("OUTCOME_UNKNOWN");
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", once: "FAILED", next: "SUCCEEDED" });
  await first.engine.tick();
  await first.engine.drained();
  expect(server.seen).toHaveLength(1);
});

test("an engine that renews its runs keeps them", async () => {
  const { first, second, server, passLease, answer } = await pair();
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const started = await first.client.startRun({ workflowId: await create(first.client, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  for (let lease = 0; lease < 3; lease++) {
    await first.engine.tick();
    await second.engine.tick();
  }
  answer();

  expect(await ended(first.client, started.run)).toMatchObject({ state: RunState.SUCCEEDED });
  await first.engine.drained();
  await passLease();
  await second.engine.drained();
  expect(server.seen).toHaveLength(1);
});

test("a run that was canceled while its engine was paused ends by the one that takes it over, and the paused one stops its node", async () => {
  const { first, second, server, passLease } = await pair();
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const started = await first.client.startRun({ workflowId: await create(first.client, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await second.client.cancelRun({ runId: idOf(started.run), reason: "enough" });
  await passLease();
  const done = await ended(second.client, started.run);

  expect(done).toMatchObject({ state: RunState.CANCELED, error: { message: "enough" } });
  await first.engine.tick();
  await first.engine.drained(); // although the server never answers its request
  expect(server.seen).toHaveLength(1);
});

test("the time limit of a run counts from its start, also after a takeover", async () => {
  const { first, second, server, passLease } = await pair();
  const spec = {
    ...specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]),
    runTimeout: durationFromMs(DEFAULT_LEASE_MS - 1),
  };
  const workflowId = await create(second.client, spec);
  await second.engine.tick();
  const started = await first.client.startRun({ workflowId });
  await vi.waitUntil(() => server.seen.length === 1);

  await passLease();
  const done = await ended(second.client, started.run);

  expect(done).toMatchObject({ state: RunState.TIMED_OUT, error: { code: "RUN_TIMEOUT" } });
  await first.engine.drained();
});

test("a list shows the state of each run without its log", async () => {
  const { first, server, answer } = await pair();
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const workflowId = await create(first.client, spec);
  const started = await first.client.startRun({ workflowId });
  await vi.waitUntil(() => server.seen.length === 1);
  const states = async (): Promise<unknown> => (await first.client.listRuns({})).runs.map(({ state }) => state);

  expect(await states()).toEqual([RunState.RUNNING]);
  answer();
  const done = await ended(first.client, started.run);
  expect(await states()).toEqual([RunState.SUCCEEDED]);
  expect(plain(done.output)).toMatchObject({ status: 200 });
  expect(done.nodeExecutions.map(({ state }) => state)).toEqual([NodeState.SUCCEEDED, NodeState.SUCCEEDED]);
});
