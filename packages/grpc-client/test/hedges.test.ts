/** Two servers, and one keeps an idempotent call waiting: the call gets a second attempt on the other one. */

import { expect, test } from "vitest";
import { type Channel, Status } from "../src/index.ts";
import { echo, type StubCall, type StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { IDEMPOTENT, type RecordedCall, send, UNARY } from "./support/calls.ts";
import { until } from "./support/until.ts";

/** The p95 of response times is below 10 ms, so a hedge comes after 10 ms and at most two slots of the deadline wheel. */
const HEDGE_MS = 30;

/** Both servers answer until `hold` handlers are set: these take the next calls, in the order in which they arrive. */
async function pair(bench: Bench, hedging = true): Promise<{ channel: Channel; hold: StubHandler[] }> {
  const hold: StubHandler[] = [];
  const handler: StubHandler = (call) => (hold.shift() ?? echo)(call);
  const servers = [
    await bench.serve({ handlers: { "*": handler } }),
    await bench.serve({ host: "127.0.0.2", handlers: { "*": handler } }),
  ];
  const channel = await bench.connect(servers, { hedging });
  for (let i = 0; i < 40; i++) expect(await send(channel, IDEMPOTENT).ended()).toBeUndefined();
  return { channel, hold };
}

/** Sends a call whose first attempt `held` gets. */
async function sendHeld(channel: Channel, hold: StubHandler[], method = IDEMPOTENT): Promise<[RecordedCall, StubCall]> {
  const arrived = Promise.withResolvers<StubCall>();
  hold.push(arrived.resolve);
  const call = send(channel, method);
  return [call, await arrived.promise];
}

const hedges = (bench: Bench): number => bench.events.filter(({ type }) => type === "call-hedged").length;

test("the answer of the second attempt counts, and the first one is cancelled", async () => {
  await using bench = new Bench();
  const { channel, hold } = await pair(bench);
  const [call, first] = await sendHeld(channel, hold);
  const seen: StubCall[] = [];
  hold.push((second) => {
    seen.push(second);
    return echo(second);
  });
  bench.clock.advance(HEDGE_MS);
  expect(await call.ended()).toBeUndefined();
  expect(call.texts).toEqual(["hello"]);
  expect(await first.closed).toBe(8);
  expect(seen[0]?.headers["grpc-previous-rpc-attempts"]).toBe("1");
  expect(seen[0]?.headers[":authority"]).toBe(first.headers[":authority"]);
  expect(hedges(bench)).toBe(1);
});

test("the answer of the first attempt counts too, and a failure of the second one is not the call's", async () => {
  await using bench = new Bench();
  const { channel, hold } = await pair(bench);
  const [call, first] = await sendHeld(channel, hold);
  let failed = false;
  hold.push((second) => {
    failed = true;
    second.end(Status.unavailable, "not now");
  });
  bench.clock.advance(HEDGE_MS);
  await until(() => failed, "the second attempt fails");
  expect(call.hasEnded).toBe(false);
  await echo(first);
  expect(await call.ended()).toBeUndefined();
  expect(call.texts).toEqual(["hello"]);
});

test("a call that is cancelled cancels both", async () => {
  await using bench = new Bench();
  const { channel, hold } = await pair(bench);
  const [call, first] = await sendHeld(channel, hold);
  const second = Promise.withResolvers<StubCall>();
  hold.push(second.resolve);
  bench.clock.advance(HEDGE_MS);
  const hedge = await second.promise;
  call.call.cancel();
  expect([await first.closed, await hedge.closed]).toEqual([8, 8]);
  expect(call.error?.code).toBe(Status.cancelled);
});

test.each([
  ["a call that is not idempotent", UNARY, true],
  ["a call of a channel without the option", IDEMPOTENT, false],
] as const)("%s has no second attempt", async (_, method, hedging) => {
  await using bench = new Bench();
  const { channel, hold } = await pair(bench, hedging);
  const [call, first] = await sendHeld(channel, hold, method);
  bench.clock.advance(1_000);
  expect(hedges(bench)).toBe(0);
  await echo(first);
  expect(await call.ended()).toBeUndefined();
});

test("with one endpoint there is no other to hedge on", async () => {
  await using bench = new Bench();
  const hold: StubHandler[] = [];
  const server = await bench.serve({ handlers: { "*": (call) => (hold.shift() ?? echo)(call) } });
  const channel = await bench.connect([server], { hedging: true });
  for (let i = 0; i < 40; i++) await send(channel, IDEMPOTENT).ended();
  const [call, first] = await sendHeld(channel, hold);
  bench.clock.advance(1_000);
  expect(server.calls).toBe(41);
  await echo(first);
  expect(await call.ended()).toBeUndefined();
});
