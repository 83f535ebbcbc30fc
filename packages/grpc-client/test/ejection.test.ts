/**
 * The story of a server that answers every call with an error: calls leave it, nothing is lost that may be repeated, and it has
 * its share again when it works. Real servers; the time is the test's.
 */

import { expect, test } from "vitest";
import { type ChannelEvent, type Method, Status } from "../src/index.ts";
import { echo, ManualResolver, type StubHandler, type StubServer } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { IDEMPOTENT, Load, send, UNARY } from "./support/calls.ts";
import { turns, until } from "./support/until.ts";

/** HealthCheckResponse with the status SERVING. */
const SERVING = Uint8Array.of(0x08, 1);
const SEED = 20_261_129;

/** A server whose manners the test can change. */
interface Server {
  readonly stub: StubServer;
  fails: boolean;
}

async function serve(bench: Bench, host: string, fails = false): Promise<Server> {
  const handler: StubHandler = async (call) => {
    if (server.fails) return call.end(Status.unavailable, "not today");
    if (call.path === "/grpc.health.v1.Health/Check") {
      call.send(SERVING);
      return call.end();
    }
    await turns(3);
    await echo(call);
  };
  const server: Server = { stub: await bench.serve({ host, handlers: { "*": handler } }), fails };
  return server;
}

async function fleet(bench: Bench, size: number): Promise<Server[]> {
  return await Promise.all(Array.from({ length: size }, (_, i) => serve(bench, `127.0.0.${i + 1}`)));
}

/** Callers that stop with their test, however it ends. */
class EndingLoad extends Load implements Disposable {
  [Symbol.dispose](): void {
    this.abandon();
  }
}

/** Long times pass in steps of so many milliseconds: a call takes about six steps. */
const COARSE_MS = 5;

/** Lets time pass, by `stepMs` in each turn of the event loop. */
async function pass(bench: Bench, ms: number, stepMs: number = 1): Promise<void> {
  const untilMs = bench.clock.now() + ms;
  await bench.passTimeUntil(() => bench.clock.now() >= untilMs, `${ms} ms pass`, stepMs);
}

function count(bench: Bench, type: ChannelEvent["type"]): number {
  return bench.events.filter((event) => event.type === type).length;
}

test.each([3, 30])(
  "of three endpoints one that fails every call is ejected: no idempotent call has an error, and it gets at most one of 200 calls after a second (%i in flight)",
  async (callers) => {
    await using bench = new Bench();
    const servers = await fleet(bench, 3);
    const channel = await bench.connect(
      servers.map(({ stub }) => stub),
      { seed: SEED },
    );
    using load = new EndingLoad(channel, { method: IDEMPOTENT, callers });
    await pass(bench, 500);
    const [bad] = servers as [Server];
    bad.fails = true;
    await pass(bench, 1_000);
    const [badBefore, before] = [bad.stub.calls, load.ended];
    await pass(bench, 2_500);
    const [badAfter, after] = [bad.stub.calls - badBefore, load.ended - before];
    await load.stop();
    expect(load.errors.map(({ message }) => message)).toEqual([]);
    expect(badAfter / after, `seed ${SEED}: ${badAfter} of ${after}`).toBeLessThanOrEqual(0.005);
  },
);

test("of two endpoints one that fails costs calls that must not be repeated at most ten errors, then none", async () => {
  await using bench = new Bench();
  const servers = await fleet(bench, 2);
  const channel = await bench.connect(
    servers.map(({ stub }) => stub),
    { seed: SEED },
  );
  using load = new EndingLoad(channel, { method: UNARY, callers: 10 });
  await pass(bench, 200);
  (servers[0] as Server).fails = true;
  await pass(bench, 500);
  const first = load.errors.length;
  // Through several ejections: its health check fails as its calls do.
  await pass(bench, 9_500, COARSE_MS);
  await load.stop();
  expect(first).toBeLessThanOrEqual(10);
  expect(load.errors.length - first, `seed ${SEED}`).toBe(0);
});

test("when all endpoints fail not all are ejected, and calls succeed within a second after they work again", async () => {
  await using bench = new Bench();
  const servers = await fleet(bench, 3);
  const channel = await bench.connect(
    servers.map(({ stub }) => stub),
    { seed: SEED },
  );
  using load = new EndingLoad(channel, { method: UNARY, callers: 9 });
  for (const server of servers) server.fails = true;
  await pass(bench, 3_000);
  const eligible = channel.snapshot().tiers[0]?.endpoints.filter(({ ineligible }) => ineligible === undefined);
  expect(eligible?.length).toBeGreaterThanOrEqual(2);
  for (const server of servers) server.fails = false;
  await pass(bench, 1_000);
  const errors = load.errors.length;
  await pass(bench, 1_000);
  await load.stop();
  expect(load.errors.length - errors, `seed ${SEED}`).toBe(0);
});

test("an endpoint that works again returns by one call, and has its share again", async () => {
  await using bench = new Bench();
  const servers = await fleet(bench, 2);
  const channel = await bench.connect(
    servers.map(({ stub }) => stub),
    { seed: SEED },
  );
  using load = new EndingLoad(channel, { method: IDEMPOTENT, callers: 10 });
  const [bad] = servers as [Server];
  bad.fails = true;
  await pass(bench, 300);
  expect(channel.snapshot().tiers[0]?.endpoints[0]).toMatchObject({ ineligible: "ejected", connectivity: "ready" });
  bad.fails = false;
  await pass(bench, 10_000, COARSE_MS);
  expect(count(bench, "unejected")).toBe(1);
  const [badBefore, before] = [bad.stub.calls, load.ended];
  await pass(bench, 2_000);
  await load.stop();
  const share = (bad.stub.calls - badBefore) / (load.ended - before);
  expect(share, `seed ${SEED}`).toBeGreaterThan(0.4);
  expect(load.errors).toEqual([]);
});

test.each<[string, Method]>([
  ["idempotent", IDEMPOTENT],
  ["other", UNARY],
])("a tier whose endpoints all fail is left, and calls return when they work again (%s calls)", async (_, method) => {
  await using bench = new Bench();
  const [first, alsoFirst, second] = (await fleet(bench, 3)) as [Server, Server, Server];
  const resolvers = [new ManualResolver(), new ManualResolver()];
  resolvers[0]?.update([first.stub, alsoFirst.stub]);
  resolvers[1]?.update([second.stub]);
  const channel = bench.open(undefined, { seed: SEED, resolvers });
  await bench.becomesReady(first.stub, alsoFirst.stub);
  using load = new EndingLoad(channel, { method, callers: 6 });
  await pass(bench, 200);
  first.fails = true;
  alsoFirst.fails = true;
  await pass(bench, 2_000);
  expect(channel.snapshot().tiers.map(({ active }) => active)).toEqual([false, true]);
  const errors = load.errors.length;
  await pass(bench, 5_000, COARSE_MS);
  expect(load.errors.length - errors, "errors after the failover").toBe(0);
  // Both endpoints of the tier failed: a call that was on its way to the second one has one attempt left, and no other tier yet.
  if (method.idempotent) expect(load.errors.length).toBeLessThanOrEqual(6);
  first.fails = false;
  alsoFirst.fails = false;
  // The fourth ejection has begun by now and lasts 16 s at most; without idempotent calls a health check comes 5 s later, and calls
  // return after 5 s more.
  await pass(bench, method.idempotent ? 21_000 : 26_000, COARSE_MS);
  expect(channel.snapshot().tiers[0]?.active, "calls have returned to the first tier").toBe(true);
  await load.stop();
  expect(load.errors.length - errors, "errors of the return").toBe(0);
});

test("panic: with too few usable endpoints the ejected ones get calls, and retries do not go there", async () => {
  await using bench = new Bench();
  const servers = await fleet(bench, 4);
  const channel = await bench.connect(
    servers.map(({ stub }) => stub),
    { seed: SEED, balancing: "round_robin" }, // by cost they would get too few calls for five failures in a row
  );
  using load = new EndingLoad(channel, { method: IDEMPOTENT, callers: 12 });
  const [bad, alsoBad, killed, works] = servers as [Server, Server, Server, Server];
  bad.fails = true;
  alsoBad.fails = true;
  await pass(bench, 300);
  expect(count(bench, "ejected")).toBe(2);
  expect(count(bench, "panic-began")).toBe(0);
  await killed.stub.kill();
  await bench.passTimeUntil(() => count(bench, "panic-began") === 1, "panic begins");
  const before = bad.stub.calls + alsoBad.stub.calls;
  const worked = works.stub.calls;
  await pass(bench, 500);
  expect(bad.stub.calls + alsoBad.stub.calls).toBeGreaterThan(before);
  expect(works.stub.calls).toBeGreaterThan(worked);
  load.abandon();
});

test("without outlier detection none is ejected", async () => {
  await using bench = new Bench();
  const servers = await fleet(bench, 2);
  const channel = await bench.connect(
    servers.map(({ stub }) => stub),
    { seed: SEED, outlierDetection: false },
  );
  (servers[0] as Server).fails = true;
  using load = new EndingLoad(channel, { method: UNARY, callers: 4 });
  await pass(bench, 1_000);
  await load.stop();
  expect(count(bench, "ejected")).toBe(0);
});

test("when every circuit breaker is open, calls fail at once, and a probe closes them again", async () => {
  await using bench = new Bench();
  const servers = await fleet(bench, 2);
  const channel = await bench.connect(
    servers.map(({ stub }) => stub),
    { seed: SEED, circuitBreaker: true },
  );
  for (const server of servers) server.fails = true;
  for (let i = 0; i < 20 && count(bench, "breaker-opened") < 2; i++) await send(channel, UNARY).ended();
  expect(count(bench, "breaker-opened")).toBe(2);
  await turns(1);
  const rejected = send(channel, UNARY);
  expect(rejected.error?.code, "at once").toBe(Status.unavailable);
  expect(rejected.error?.message).toContain("2 ready but breaker-open");
  for (const server of servers) server.fails = false;
  await pass(bench, 5_000);
  for (let i = 0; i < 4; i++) {
    await send(channel, UNARY).ended();
    await turns(1);
  }
  expect(count(bench, "breaker-closed")).toBe(2);
  expect(await send(channel, UNARY).ended()).toBeUndefined();
});

test("a connection of a load balancer that is ejected is replaced, because the next one may lead to another task", async () => {
  await using bench = new Bench();
  const tasks = new Map<unknown, number>();
  // Each connection leads to a task of its own; the first one fails.
  const balancer = await bench.serve({
    handlers: {
      "*": async (call) => {
        const { session } = call.stream;
        const task = tasks.get(session) ?? tasks.size;
        tasks.set(session, task);
        if (task === 0) return call.end(Status.unavailable, "not today");
        await turns(3);
        await echo(call);
      },
    },
  });
  const { host, port } = balancer;
  bench.resolver.update([0, 1].map((lane) => ({ host, port, kind: "load-balancer" as const, lane })));
  const channel = bench.open(undefined);
  await until(() => balancer.connections === 2, "both connections are made");
  using load = new EndingLoad(channel, { method: IDEMPOTENT, callers: 4 });
  await bench.passTimeUntil(() => count(bench, "ejected") === 1, "one is ejected");
  await bench.passTimeUntil(() => count(bench, "unejected") === 1, "it is back");
  expect(bench.events).toContainEqual(expect.objectContaining({ type: "connection-draining", reason: "ejected" }));
  expect(load.errors).toEqual([]);
  expect([tasks.size, count(bench, "ejected")]).toEqual([3, 1]);
  await load.stop();
});
