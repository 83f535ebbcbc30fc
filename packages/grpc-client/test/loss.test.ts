/**
 * Two servers under load, and one is lost: it is killed, sends GOAWAY, or refuses streams. Later calls succeed, and the error of a
 * call that was lost says whether the server may have processed it.
 */

import { describe, expect, test } from "vitest";
import { type Method, Status } from "../src/index.ts";
import { echo, type StubCall, type StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { IDEMPOTENT, Load, type RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { until } from "./support/until.ts";

const refuse: StubHandler = (call) => call.reset(0x7);

describe("a killed server", () => {
  test("fails only its own calls, their errors say that they may have been processed, and it is not picked again", async () => {
    await using bench = new Bench();
    const [victim, other] = [await bench.serve(), await bench.serve({ host: "127.0.0.2" })];
    const channel = await bench.connect([victim, other]);
    const load = new Load(channel, { callers: 16 });
    await load.run(100);
    const killed = victim.kill();
    await until(() => bench.connectivity(victim) !== "ready", "the loss is noticed");
    const startedBefore = load.calls.length;
    await killed;
    const seenByVictim = victim.calls;
    await load.run(300);
    await load.stop();
    for (const error of load.errors) expect(error).toMatchObject({ code: Status.unavailable, maybeProcessed: true });
    expect(load.errors.length).toBeLessThanOrEqual(16);
    expect(load.calls.slice(startedBefore).filter(({ error }) => error !== undefined)).toEqual([]);
    expect(victim.calls).toBe(seenByVictim);
    expect(bench.resolver.refreshes).toContain("connection-lost");
  });

  test("fails no idempotent call: they are retried on the other server", async () => {
    await using bench = new Bench();
    const stuck = await bench.serve({ handlers: { "*": () => {} } });
    const channel = await bench.connect([stuck]);
    const calls = Array.from({ length: 5 }, () => send(channel, IDEMPOTENT));
    await until(() => stuck.calls === 5, "all calls are on it");
    const other = await bench.serve({ host: "127.0.0.2" });
    bench.resolver.update([stuck, other]);
    await bench.becomesReady(other);
    await stuck.kill();
    await bench.passTimeUntil(() => calls.every(({ hasEnded }) => hasEnded), "all calls end");
    expect(calls.map(({ error }) => error)).toEqual(new Array(5).fill(undefined));
    expect(other.calls).toBe(5);
    expect(channel.snapshot().retryBudget).toBe(5);
  });

  test("is an error for a call that is not idempotent, and the call is not retried", async () => {
    await using bench = new Bench();
    const stuck = await bench.serve({ handlers: { "*": () => {} } });
    const other = await bench.serve({ host: "127.0.0.2" });
    const channel = await bench.connect([stuck]);
    const call = send(channel, UNARY);
    await until(() => stuck.calls === 1, "the call is on it");
    bench.resolver.update([stuck, other]);
    await bench.becomesReady(other);
    await stuck.kill();
    const error = await call.ended();
    expect(error).toMatchObject({ code: Status.unavailable, maybeProcessed: true });
    expect(error?.message).toContain(`the connection was lost (${stuck.address}`);
    expect(other.calls).toBe(0);
  });

  test("ends a partly read stream, idempotent or not: no message is delivered twice", async () => {
    await using bench = new Bench();
    const half = await bench.serve({ handlers: { "*": (call) => call.send(Buffer.from("half of it")) } });
    const other = await bench.serve({ host: "127.0.0.2" });
    const channel = await bench.connect([half]);
    const call = send(channel, { ...STREAM, idempotent: true });
    await until(() => call.messages.length === 1, "half of it is there");
    bench.resolver.update([half, other]);
    await bench.becomesReady(other);
    await half.kill();
    expect(await call.ended()).toMatchObject({ code: Status.unavailable, maybeProcessed: true });
    expect(call.texts).toEqual(["half of it"]);
    expect(other.calls).toBe(0);
  });

  test("is connected again after its backoff when it is back, and gets calls", async () => {
    await using bench = new Bench();
    const first = await bench.serve();
    const channel = await bench.connect([first]);
    await first.kill();
    await until(() => bench.connectivity(first) === "transient-failure", "the loss is noticed");
    const second = await bench.serve({ port: first.port });
    const call = send(channel);
    await bench.passTimeUntil(() => call.hasEnded, "the waiting call ends");
    expect(call.error).toBeUndefined();
    expect(second.calls).toBe(1);
  });
});

describe("GOAWAY under load", () => {
  const drains = (bench: Bench): number => bench.events.filter(({ type }) => type === "connection-draining").length;

  test("of one server after the other fails no call", async () => {
    await using bench = new Bench();
    const servers = [await bench.serve(), await bench.serve({ host: "127.0.0.2" })];
    const channel = await bench.connect(servers);
    const load = new Load(channel, { callers: 16 });
    await load.run(100);
    for (const server of [...servers, ...servers]) {
      bench.clock.advance(1_000);
      const [before, drained] = [server.calls, drains(bench)];
      server.goaway();
      await until(() => drains(bench) > drained, "GOAWAY has arrived");
      await load.run(100);
      await until(() => bench.connectivity(server) === "ready", "it is connected to again, without a wait");
      await until(() => server.calls > before + 20, "it gets calls again");
    }
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(bench.resolver.refreshes).toContain("goaway");
  });

  test("of the only server fails and delays no call, on an old or a new connection", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = await bench.connect([server]);
    const load = new Load(channel, { callers: 16 });
    for (const pauseMs of [0, 0, 1_000, 1_000, 30_000]) {
      bench.clock.advance(pauseMs);
      await load.run(50);
      const drained = drains(bench);
      server.goaway();
      await until(() => drains(bench) > drained, "GOAWAY has arrived");
      await load.run(50); // the fake clock does not advance, so no call waited for a timer
    }
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(
      bench.events.filter((event) => event.type === "connectivity-changed" && event.to === "transient-failure"),
    ).toEqual([]);
  });

  test("of the only server five times a second fails no call, and delays some briefly", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = await bench.connect([server]);
    for (let i = 0; i < 25; i++) {
      const before = bench.clock.now();
      const call = send(channel);
      await bench.passTimeUntil(() => call.hasEnded, "the call ends");
      expect(call.error).toBeUndefined();
      expect(bench.clock.now() - before).toBeLessThanOrEqual(100);
      const drained = drains(bench);
      server.goaway();
      await until(() => drains(bench) > drained, "GOAWAY has arrived");
      bench.clock.advance(200 - (bench.clock.now() - before));
    }
  });
});

describe("a server that refuses streams", () => {
  test("costs no retry: the call is made on another server, idempotent or not", async () => {
    await using bench = new Bench();
    const refusing = await bench.serve({ handlers: { "*": refuse } });
    const other = await bench.serve({ host: "127.0.0.2" });
    const channel = await bench.connect([refusing, other]);
    for (let i = 0; i < 50; i++) expect(await send(channel).ended()).toBeUndefined();
    expect(other.calls).toBe(50);
    expect(refusing.calls).toBeGreaterThan(0);
    const retried = bench.events.filter((event) => event.type === "call-retried");
    expect(retried).toHaveLength(refusing.calls);
    expect(retried[0]?.outcome).toMatchObject({ class: "refused", kind: "ignorable" });
    expect(channel.snapshot().retryBudget).toBeGreaterThanOrEqual(10);
  });

  test("when all refuse, the call ends after its one free and its counted retries, and was not processed", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": refuse } });
    const channel = await bench.connect([server]);
    const call = send(channel);
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    expect(call.error).toMatchObject({ code: Status.unavailable, maybeProcessed: false });
    expect(server.calls).toBe(4);
    expect(channel.snapshot().retryBudget).toBe(8);
  });
});

describe("an answer of unavailable", () => {
  const reject =
    (trailers: Record<string, string> = {}): StubHandler =>
    (call) =>
      call.end(Status.unavailable, "draining", trailers);

  async function previousAttempts(
    bench: Bench,
    method: Method,
    handler: StubHandler,
  ): Promise<[RecordedCall, string[]]> {
    const seen: string[] = [];
    const note = (call: StubCall): void | Promise<void> => {
      seen.push(String(call.headers["grpc-previous-rpc-attempts"] ?? 0));
      return handler(call);
    };
    const channel = await bench.connect([await bench.serve({ handlers: { "*": note } })]);
    const call = send(channel, method);
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    return [call, seen];
  }

  test("is followed by at most two more attempts of an idempotent call, which say so", async () => {
    await using bench = new Bench();
    const [call, seen] = await previousAttempts(bench, IDEMPOTENT, reject());
    expect(call.error?.message).toBe("[unavailable] draining");
    expect(seen).toEqual(["0", "1", "2"]);
  });

  test("reaches the caller at once when the call is not idempotent", async () => {
    await using bench = new Bench();
    const [call, seen] = await previousAttempts(bench, UNARY, reject());
    expect(call.error).toMatchObject({ message: "[unavailable] draining", maybeProcessed: false });
    expect(seen).toEqual(["0"]);
  });

  test("that forbids a retry gets none", async () => {
    await using bench = new Bench();
    const [, seen] = await previousAttempts(bench, IDEMPOTENT, reject({ "grpc-retry-pushback-ms": "-1" }));
    expect(seen).toEqual(["0"]);
  });

  test("with a pushback delays the next attempt by exactly that time", async () => {
    await using bench = new Bench();
    const at: number[] = [];
    const later: StubHandler = (call) => {
      at.push(bench.clock.now());
      call.end(Status.unavailable, "draining", { "grpc-retry-pushback-ms": "250" });
    };
    const channel = await bench.connect([await bench.serve({ handlers: { "*": later } })]);
    const call = send(channel, IDEMPOTENT);
    const retries = (): number => bench.events.filter(({ type }) => type === "call-retried").length;
    await until(() => retries() === 1, "the first attempt has failed");
    bench.clock.advance(249);
    await until(() => at.length === 1, "nothing more has come");
    bench.clock.advance(1);
    await until(() => at.length === 2, "the second attempt");
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBe(250);
    call.call.cancel();
  });

  test("with a pushback is repeated for a call that is not idempotent, if the channel trusts it", async () => {
    await using bench = new Bench();
    let calls = 0;
    const once: StubHandler = (call) => {
      if (++calls > 1) return echo(call);
      call.end(Status.resourceExhausted, "draining", { "grpc-retry-pushback-ms": "0" });
    };
    const server = await bench.serve({ handlers: { "*": once } });
    const channel = await bench.connect([server], { pushbackBeforeHandler: true });
    const call = send(channel, UNARY);
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    expect(call.error).toBeUndefined();
    expect(channel.snapshot().retryBudget).toBe(8);
  });

  test("is repeated for a method that the channel lists as idempotent", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": reject() } });
    const channel = await bench.connect([server], { idempotentMethods: [UNARY.path], maxAttempts: 2 });
    const call = send(channel, UNARY);
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    expect(server.calls).toBe(2);
  });

  test("to every call for a minute leads to less than 1.05 attempts per call", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": reject() } });
    const channel = await bench.connect([server]);
    const calls: RecordedCall[] = [];
    for (let second = 0; second < 60; second++) {
      const batch = Array.from({ length: 10 }, () => send(channel, IDEMPOTENT));
      await bench.passTimeUntil(() => batch.every(({ hasEnded }) => hasEnded), "the calls of this second end");
      calls.push(...batch);
      bench.clock.advance(1_000);
    }
    expect(calls.filter(({ error }) => error?.code === Status.unavailable)).toHaveLength(600);
    expect(server.calls / calls.length).toBeLessThanOrEqual(1.05);
    const events = bench.events.filter(({ type }) => type === "retry-budget-exhausted");
    expect(events.length).toBeLessThanOrEqual(7);
    expect(events.length).toBeGreaterThanOrEqual(5);
  });

  test("of every server is passed on when the retry budget is empty, and the event says so", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": reject() } });
    const channel = await bench.connect([server]);
    const calls = Array.from({ length: 100 }, () => send(channel, IDEMPOTENT));
    await bench.passTimeUntil(() => calls.every(({ hasEnded }) => hasEnded), "all calls end");
    expect(server.calls).toBe(100 + 10);
    expect(channel.snapshot().retryBudget).toBe(0);
    expect(bench.events.some(({ type }) => type === "retry-budget-exhausted")).toBe(true);
  });
});
