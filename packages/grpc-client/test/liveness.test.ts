/**
 * Peers that are silent without a word: a network device forgets an idle connection, a process is stopped. Calls go elsewhere or wait
 * briefly, and streams end, without a deadline of theirs.
 */

import { describe, expect, test } from "vitest";
import { Status } from "../src/index.ts";
import { Bench } from "./support/bench.ts";
import { IDEMPOTENT, RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { ForgetfulProxy } from "./support/forgetful-proxy.ts";
import { StubProcess } from "./support/stub-process.ts";
import { turns, until } from "./support/until.ts";

const PINGS = { firstBytePingMs: 500, keepaliveTimeMs: 5_000 };
/** Lets bytes arrive that are on their way, then passes two minutes without any. */
async function idle(bench: Bench): Promise<void> {
  await turns(50);
  bench.clock.advance(120_000);
  await turns(5);
}

const WATCH = { ...STREAM, path: "/test.Echo/Watch" };

const abandoned = (bench: Bench): boolean[] =>
  bench.events.flatMap((event) => (event.type === "connection-abandoned" ? [event.wasIdle] : []));

describe("a connection that was forgotten while it was idle", () => {
  test.each(["drops", "resets"] as const)(
    "of the only endpoint (%s): the call waits for the next connection and is made once",
    async (how) => {
      await using bench = new Bench();
      const server = await bench.serve();
      const proxy = await bench.use(ForgetfulProxy.start(server));
      const channel = await bench.connect([proxy], PINGS);
      expect(await send(channel).ended()).toBeUndefined();
      await idle(bench);
      proxy.forget(how);
      const startedMs = bench.clock.now();
      const call = send(channel, UNARY);
      await bench.passTimeUntil(() => call.hasEnded, "the call ends");
      expect(call.error).toBeUndefined();
      expect(bench.clock.now() - startedMs).toBeLessThanOrEqual(1_000);
      expect([server.calls, proxy.accepted]).toEqual([2, 2]);
      if (how === "drops") expect(abandoned(bench)).toEqual([true]);
      expect(bench.events.some((event) => event.type === "call-retried")).toBe(false);
    },
  );

  test("is found by its first call, which goes to another endpoint when that one answers", async () => {
    await using bench = new Bench();
    const servers = [await bench.serve(), await bench.serve({ host: "127.0.0.2" })];
    const proxies = [];
    for (const server of servers) proxies.push(await bench.use(ForgetfulProxy.start(server, server.host)));
    const channel = await bench.connect(proxies, PINGS);
    await idle(bench);
    proxies[0]?.forget("drops");
    const calls = Array.from({ length: 20 }, () => send(channel));
    await bench.passTimeUntil(() => calls.every(({ hasEnded }) => hasEnded), "all calls end");
    expect(calls.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(servers.reduce((sum, { calls: made }) => sum + made, 0)).toBe(20);
    await bench.passTimeUntil(() => abandoned(bench).length === 1, "the forgotten one is closed");
    expect(abandoned(bench)).toEqual([true]);
  });

  test("an idle channel stays ready, its endpoints are unverified, and traffic verifies all of them", async () => {
    await using bench = new Bench();
    const servers = [await bench.serve(), await bench.serve({ host: "127.0.0.2" })];
    const channel = await bench.connect(servers, PINGS);
    await idle(bench);
    const ineligible = (): (string | undefined)[] =>
      channel.snapshot().tiers.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.ineligible));
    expect([channel.connectivity, ...ineligible()]).toEqual(["ready", "unverified", "unverified"]);
    const call = new RecordedCall(channel, WATCH, {});
    call.call.start();
    call.call.send(Buffer.from(""), true);
    await bench.passTimeUntil(() => ineligible().every((reason) => reason === undefined), "all are verified");
    call.call.cancel();
  });

  test("whose server admits no PING is replaced before its next call", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const proxy = await bench.use(ForgetfulProxy.start(server));
    const channel = await bench.connect([proxy], { ...PINGS, maxPingsWithoutData: 0 });
    await idle(bench);
    expect(await send(channel).ended()).toBeUndefined();
    expect(proxy.accepted).toBe(2);
  });
});

describe("a stopped process", () => {
  test("idempotent calls leave it when it has not acknowledged a PING for a second, and others wait for its end", async () => {
    await using bench = new Bench();
    const victim = await bench.use(StubProcess.start("127.0.0.1"));
    const other = await bench.serve({ host: "127.0.0.2" });
    const channel = await bench.connect([victim, other], PINGS);
    victim.stop();
    const stoppedMs = bench.clock.now();
    const endOf = async (call: RecordedCall): Promise<[number, string | undefined]> => {
      const error = await call.ended();
      return [bench.clock.now() - stoppedMs, error?.message];
    };
    const idempotent = Array.from({ length: 8 }, () => endOf(send(channel, IDEMPOTENT)));
    const plain = Array.from({ length: 8 }, () => endOf(send(channel, UNARY)));
    const both = Promise.all([Promise.all(idempotent), Promise.all(plain)]);
    await bench.passTimeUntil(() => abandoned(bench).length === 1, "the stopped one is closed");
    const [moved, waited] = await both;

    expect(moved.filter(([ms, error]) => ms > 2_000 || error !== undefined)).toEqual([]);
    expect(bench.events.filter(({ type }) => type === "call-hedged").length).toBeGreaterThan(0);
    const lost = waited.filter(([, error]) => error !== undefined);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(([ms]) => ms > 4_000)).toBe(true);
    // The first time in a minute the moves cost nothing.
    expect(channel.snapshot().retryBudget).toBeGreaterThanOrEqual(10);
  });

  test("of several that stop together: idempotent calls wait on none of them, and move to the endpoint that is ready first", async () => {
    await using bench = new Bench();
    const victims = await Promise.all(["127.0.0.1", "127.0.0.2"].map((host) => bench.use(StubProcess.start(host))));
    const channel = await bench.connect(victims, PINGS);
    for (const victim of victims) victim.stop();
    const stoppedMs = bench.clock.now();
    const calls = Array.from({ length: 40 }, () => send(channel, IDEMPOTENT));
    await bench.passTimeUntil(() => bench.events.filter(isSuspect).length === 2, "both are suspect");

    const other = await bench.serve({ host: "127.0.0.3" });
    bench.resolver.update([...victims, other]);
    await until(() => calls.every(({ hasEnded }) => hasEnded), "the calls end");
    expect([calls.flatMap(({ error }) => error ?? []), other.calls]).toEqual([[], 40]);
    expect(bench.clock.now() - stoppedMs).toBeLessThan(4_000);
  });

  test("its streams end within ten seconds, calls avoid it after two, and it is back soon after it continues", async () => {
    await using bench = new Bench();
    const victim = await bench.use(StubProcess.start("127.0.0.1"));
    const other = await bench.serve({ host: "127.0.0.2" });
    const channel = await bench.connect([victim], PINGS);
    const stream = send(channel, WATCH);
    await until(() => stream.messages.length === 1, "the stream has begun");
    bench.resolver.update([victim, other]);
    await bench.becomesReady(other);

    victim.stop();
    const stoppedMs = bench.clock.now();
    const lost = send(channel); // goes to either; if to the stopped one, it waits with the stream
    await bench.passTimeUntil(() => bench.clock.now() - stoppedMs >= 8_000, "time passes");
    const callsBefore = other.calls;
    const calls = Array.from({ length: 100 }, () => send(channel));
    await bench.passTimeUntil(() => calls.every(({ hasEnded }) => hasEnded), "all calls end");
    expect(calls.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(other.calls - callsBefore).toBe(100);

    await bench.passTimeUntil(() => stream.hasEnded && lost.hasEnded, "the stream ends");
    expect(bench.clock.now() - stoppedMs).toBeLessThanOrEqual(10_000);
    expect(stream.error).toMatchObject({ code: Status.unavailable, maybeProcessed: true });
    expect(stream.error?.message).toContain("did not acknowledge a PING within 4000 ms");
    expect(abandoned(bench)).toEqual([false]);

    victim.continue();
    await bench.passTimeUntil(() => bench.connectivity(victim) === "ready", "it is back");
  });

  test("is found by unary calls that give up early, and no later call goes there", async () => {
    await using bench = new Bench();
    const victim = await bench.use(StubProcess.start("127.0.0.1"));
    const channel = await bench.connect([victim], PINGS);
    expect(await send(channel).ended()).toBeUndefined();
    victim.stop();
    const first = send(channel, UNARY, { timeoutMs: 100 });
    await bench.passTimeUntil(() => first.hasEnded, "the call gives up");
    expect(first.error).toMatchObject({ code: Status.deadlineExceeded });
    const other = await bench.serve({ host: "127.0.0.2" });
    bench.resolver.update([victim, other]);
    await bench.becomesReady(other);
    await bench.passTimeUntil(() => bench.events.some(isSuspect), "it is suspect");
    const calls = Array.from({ length: 100 }, () => send(channel));
    await bench.passTimeUntil(() => calls.every(({ hasEnded }) => hasEnded), "all calls end");
    expect([other.calls, calls.some(({ error }) => error !== undefined)]).toEqual([100, false]);
  });
});

function isSuspect(event: Bench["events"][number]): boolean {
  return event.type === "eligibility-changed" && event.ineligible === "suspect";
}
