/** `healthService`: calls go where the server says SERVING, by grpc.health.v1 `Watch` on its connection. */

import { expect, test } from "vitest";
import { type ChannelOptions, Status } from "../src/index.ts";
import { echo, type StubCall, type StubHandler, type StubServer } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { send } from "./support/calls.ts";
import { until } from "./support/until.ts";

const WATCH = "/grpc.health.v1.Health/Watch";
/** HealthCheckResponse with status 1, 2 and 3. */
const SERVING = Uint8Array.of(0x08, 1);
const NOT_SERVING = Uint8Array.of(0x08, 2);
const SERVICE_UNKNOWN = Uint8Array.of(0x08, 3);

/** A server whose health the test says, on the watch that has come last. */
interface Patient {
  readonly stub: StubServer;
  readonly watches: StubCall[];
}

async function serve(bench: Bench, host: string, first?: Uint8Array): Promise<Patient> {
  const watches: StubCall[] = [];
  const watch: StubHandler = (call) => {
    watches.push(call);
    if (first !== undefined) call.send(first);
  };
  return { stub: await bench.serve({ host, handlers: { [WATCH]: watch, "*": echo } }), watches };
}

/** A channel that knows these servers and has asked each for its health. */
async function open(bench: Bench, patients: readonly Patient[], options: ChannelOptions = {}) {
  const channel = bench.open(
    patients.map(({ stub }) => stub),
    { healthService: "shop.Orders", ...options },
  );
  await until(() => patients.every(({ watches }) => watches.length > 0), "each server has its watch");
  const ineligible = (): (string | undefined)[] =>
    channel.snapshot().tiers.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.ineligible));
  return { channel, ineligible };
}

test("an endpoint takes calls from its first SERVING on, and none while it says anything else", async () => {
  await using bench = new Bench();
  const [sick, healthy] = [await serve(bench, "127.0.0.1"), await serve(bench, "127.0.0.2", SERVING)];
  const { channel, ineligible } = await open(bench, [sick, healthy]);
  const requests = await sick.watches[0]?.request;
  expect(requests?.map(String)).toEqual(["\n\u000bshop.Orders"]);
  await until(() => ineligible()[1] === undefined, "the healthy one says so");
  expect(ineligible()).toEqual(["not-serving", undefined]);

  const ended = async (): Promise<number> => {
    const before = sick.stub.calls;
    const calls = Array.from({ length: 20 }, () => send(channel));
    for (const call of calls) expect(await call.ended()).toBeUndefined();
    return sick.stub.calls - before;
  };
  expect(await ended()).toBe(0);
  sick.watches[0]?.send(SERVING);
  await until(() => ineligible()[0] === undefined, "it serves");
  expect(await ended()).toBeGreaterThan(0);
  for (const health of [NOT_SERVING, SERVICE_UNKNOWN]) {
    sick.watches[0]?.send(health);
    await until(() => ineligible()[0] === "not-serving", "it does not serve");
    expect(await ended()).toBe(0);
    sick.watches[0]?.send(SERVING);
    await until(() => ineligible()[0] === undefined, "it serves again");
  }
  expect(bench.connectivity(sick.stub)).toBe("ready");
});

test("a server without a health service takes calls", async () => {
  await using bench = new Bench();
  const server = await bench.serve({
    handlers: { [WATCH]: (call) => call.end(Status.unimplemented, "no health here"), "*": echo },
  });
  const channel = bench.open([server], { healthService: "" });
  expect(await send(channel).ended()).toBeUndefined();
  expect(bench.events).toContainEqual({
    type: "health-changed",
    endpoint: `${server.host}:${server.port}`,
    health: "unsupported",
  });
});

test("a watch that breaks keeps calls away, and is opened again", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, "127.0.0.1", SERVING);
  const { channel, ineligible } = await open(bench, [patient]);
  await until(() => ineligible()[0] === undefined, "it serves");
  patient.watches[0]?.end(Status.internal, "a bug");
  await until(() => ineligible()[0] === "not-serving", "it does not serve");
  const call = send(channel);
  await bench.passTimeUntil(() => call.hasEnded, "the call ends");
  expect(call.error).toBeUndefined();
  expect(patient.watches).toHaveLength(2);
});

test("when no server serves, a call says why", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, "127.0.0.1", NOT_SERVING);
  const { channel } = await open(bench, [patient], { maxWaitMs: 100 });
  const call = send(channel);
  bench.clock.advance(100);
  expect((await call.ended())?.message).toContain("not-serving");
});

test("the next connection has a watch of its own, and the old one does not hold its connection open", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, "127.0.0.1", SERVING);
  const { channel, ineligible } = await open(bench, [patient]);
  await until(() => ineligible()[0] === undefined, "it serves");
  patient.stub.goaway();
  await bench.passTimeUntil(() => patient.watches.length === 2, "it is asked again");
  expect(await patient.watches[0]?.closed).toBe(8);
  await until(() => patient.stub.connections === 1, "the old connection has closed");
  expect(await send(channel).ended()).toBeUndefined();
});

test.each([7, null])("healthService %j is refused", (healthService) => {
  const bench = new Bench();
  expect(() => bench.open([], { healthService: healthService as unknown as string })).toThrow(
    `[invalid_argument] healthService: expected text, got ${healthService}`,
  );
});
