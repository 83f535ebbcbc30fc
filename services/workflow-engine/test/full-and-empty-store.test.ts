// A Redis without room, and one that has lost everything, under runs.

import { RunState } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createJournal, InProcessJournal, JournalError } from "@agent-team/journal";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, ended, idOf, reached } from "./running.ts";
import { approval, fetching, manual, specOf, transform } from "./specs.ts";

/** An engine on a Redis of its own, which keeps nothing over a restart. */
async function withRedis(): Promise<Instance & { readonly redis: RedisServer; readonly refused: readonly string[] }> {
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const journal = await createJournal({ redisUrl: redis.url, clock: systemClock, random: systemRandom });
  onTestFinished(() => journal.close());
  const refused: string[] = [];
  return { ...(await instance({ journal, onStoreFull: (what) => void refused.push(what) })), redis, refused };
}

const spec = specOf([manual(), approval("ask"), transform("next", "1")], ["start -> ask", "ask -approved-> next"]);
const signal = { case: "approval", value: { approved: true } } as const;

describe.skipIf(whyNoRedisServer !== undefined)("Redis", () => {
  test("a full store refuses new runs and decisions, cancels, deletes, and goes on with its runs when it has room again", async () => {
    const { client, engine, redis } = await withRedis();
    const workflowId = await create(client, spec);
    const unwanted = await reached(client, (await client.startRun({ workflowId })).run, RunState.WAITING);
    const waiting = await reached(client, (await client.startRun({ workflowId })).run, RunState.WAITING);
    const old = await ended(
      client,
      (await client.startRun({ workflowId: await create(client, specOf([manual()])) })).run,
    );

    await redis.limitMemory(1);
    const full = { code: "ResourceExhausted" };
    expect(await errorOf(client.startRun({ workflowId }))).toMatchObject(full);
    expect(await errorOf(client.signalRun({ runId: waiting.id, nodeId: "ask", signal }))).toMatchObject(full);
    expect((await client.getRun({ runId: waiting.id })).run?.state).toBe(RunState.WAITING);
    await client.cancelRun({ runId: unwanted.id });
    expect((await ended(client, unwanted)).state).toBe(RunState.CANCELED);
    await redis.limitMemory(0);
    await client.deleteRun({ runId: old.id });

    await client.signalRun({ runId: waiting.id, nodeId: "ask", signal });
    await engine.tick();
    const done = await ended(client, waiting);
    expect([done.state, done.nodeExecutions.length]).toEqual([RunState.SUCCEEDED, 3]);
  });

  test("a store that is nearly full refuses new runs and workflows, and goes on with its runs to their end", async () => {
    const { client, engine, redis, refused: counted } = await withRedis();
    const workflowId = await create(client, spec);
    const waiting = await reached(client, (await client.startRun({ workflowId })).run, RunState.WAITING);
    const used = await redis.usedMemory();

    await redis.limitMemory(Math.round(used / 0.9));
    const refused = { code: "ResourceExhausted", reason: "STORE_FULL" };
    expect(await errorOf(client.startRun({ workflowId }))).toMatchObject(refused);
    expect(await errorOf(client.createWorkflow({ spec }))).toMatchObject(refused);
    await expect(client.startRun({ workflowId })).rejects.toThrow(
      /runs that have begun go on\. Delete runs or workflows/,
    );
    expect(counted).toEqual(["runs", "workflows", "runs"]);
    await client.signalRun({ runId: waiting.id, nodeId: "ask", signal });
    await engine.tick();
    expect((await ended(client, waiting)).state).toBe(RunState.SUCCEEDED);

    await redis.limitMemory(used * 2);
    const { run } = await client.startRun({ workflowId });
    await reached(client, run, RunState.WAITING);
  });

  test("a store that was restarted empty does not know its runs, and takes new ones", async () => {
    const { client, redis } = await withRedis();
    const workflowId = await create(client, spec);
    const waiting = await reached(client, (await client.startRun({ workflowId })).run, RunState.WAITING);

    await redis.kill();
    await redis.start();
    const lost = await vi.waitUntil(async () => {
      const error = await errorOf(client.getRun({ runId: waiting.id }));
      return error?.code === "NotFound" ? error : undefined;
    });
    expect(lost).toMatchObject({ code: "NotFound" });
    expect(await errorOf(client.signalRun({ runId: waiting.id, nodeId: "ask", signal }))).toMatchObject({
      code: "NotFound",
    });
    const again = await create(client, spec);
    const { run } = await client.startRun({ workflowId: again });
    expect(idOf(await reached(client, run, RunState.WAITING))).toBe(idOf(run));
  });
});

test("a full store makes no node run again: its end is recorded when there is room", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const held = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void held.promise.then(() => json("ok")(request, response)),
  });
  const { client, engine } = await instance({ clock, journal, allowHosts: server.authority });
  const get = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const { run } = await client.startRun({ workflowId: await create(client, get) });
  await vi.waitUntil(() => server.seen.length === 1);

  const append = vi.spyOn(journal, "append").mockRejectedValue(new JournalError("full", "no room"));
  held.resolve();
  for (let attempts = 1; attempts <= 8; attempts++) {
    await vi.waitUntil(() => append.mock.calls.length >= attempts);
    await engine.tick();
    clock.advance(500);
  }
  append.mockRestore();
  clock.advance(500);
  expect((await ended(client, run)).state).toBe(RunState.SUCCEEDED);
  expect(server.seen).toHaveLength(1);
});

test("a run whose engine waits for room is cancelled at once", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const held = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void held.promise.then(() => json("ok")(request, response)),
  });
  const { client } = await instance({ clock, journal, allowHosts: server.authority });
  const nodes = [manual(), fetching("get", { url: server.url }), transform("next", "1")];
  const two = specOf(nodes, ["start -> get", "get -> next"]);
  const { run } = await client.startRun({ workflowId: await create(client, two) });
  await vi.waitUntil(() => server.seen.length === 1);

  const { append } = journal;
  // As Redis, which looks at its memory before it looks at the version.
  const refusing = vi.spyOn(journal, "append").mockImplementation(async (key, records, options) => {
    if (options.mayOverfill !== true) throw new JournalError("full", "no room");
    return append.call(journal, key, records, options);
  });
  held.resolve();
  await vi.waitUntil(() => refusing.mock.calls.length === 1);
  await client.cancelRun({ runId: idOf(run) });
  clock.advance(500);
  expect((await ended(client, run)).state).toBe(RunState.CANCELED);
});
