/** `healthService`: an endpoint is ready while its server says SERVING, by grpc.health.v1 `Watch` on its connection (gRFC A17). */

import { join } from "node:path";
import { expect, test } from "vitest";
import { type ChannelOptions, parseTarget, Status } from "../src/index.ts";
import {
  echo,
  type StubCall,
  type StubHandler,
  type StubServer,
  type StubServerOptions,
} from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { STREAM, send } from "./support/calls.ts";
import { findAndLeave } from "./support/program-that-leaves.ts";
import { turns, until } from "./support/until.ts";

const WATCH = "/grpc.health.v1.Health/Watch";
/** HealthCheckResponse with status 1, 2 and 3. */
const SERVING = Uint8Array.of(0x08, 1);
const NOT_SERVING = Uint8Array.of(0x08, 2);
const SERVICE_UNKNOWN = Uint8Array.of(0x08, 3);
/** HTTP/2's CANCEL. */
const CANCEL = 8;

/** A server whose health the test decides, on the watch that has come last. */
interface Patient {
  readonly stub: StubServer;
  readonly watches: StubCall[];
}

async function serve(
  bench: Bench,
  first?: Uint8Array,
  { answer = echo, ...rest }: StubServerOptions & { readonly answer?: StubHandler } = {},
): Promise<Patient> {
  const watches: StubCall[] = [];
  const watch: StubHandler = (call) => {
    watches.push(call);
    if (first !== undefined) call.send(first);
  };
  return { stub: await bench.serve({ ...rest, handlers: { [WATCH]: watch, "*": answer } }), watches };
}

/** A channel that knows these servers and has asked each for its health. */
async function open(bench: Bench, patients: readonly Patient[], options: ChannelOptions = {}) {
  const channel = bench.open(
    patients.map(({ stub }) => stub),
    { healthService: "shop.Orders", ...options },
  );
  await until(() => patients.every(({ watches }) => watches.length > 0), "each server has its watch");
  const becomes = (patient: Patient, connectivity: string): Promise<void> =>
    until(() => bench.connectivity(patient.stub) === connectivity, `the endpoint is ${connectivity}`);
  return { channel, becomes };
}

const healths = (bench: Bench): string[] =>
  bench.events.flatMap((event) => (event.type === "health-changed" ? [event.health] : []));

test("an endpoint takes calls from its first SERVING on, and none while the server says anything else", async () => {
  await using bench = new Bench();
  const sick = await serve(bench);
  const healthy = await serve(bench, SERVING, { host: "127.0.0.2" });
  const { channel, becomes } = await open(bench, [sick, healthy]);
  expect((await sick.watches[0]?.request)?.map(String)).toEqual(["\n\u000bshop.Orders"]);
  expect(sick.watches[0]?.headers["grpc-timeout"]).toBeUndefined();
  await becomes(healthy, "ready");
  await becomes(sick, "connecting");

  const callsOfSick = async (): Promise<number> => {
    const before = sick.stub.calls;
    const calls = Array.from({ length: 20 }, () => send(channel));
    for (const call of calls) expect(await call.ended()).toBeUndefined();
    return sick.stub.calls - before;
  };
  expect(await callsOfSick()).toBe(0);
  sick.watches[0]?.send(SERVING);
  await becomes(sick, "ready");
  expect(await callsOfSick()).toBeGreaterThan(0);
  for (const health of [NOT_SERVING, SERVICE_UNKNOWN, Uint8Array.of(), Uint8Array.of(0x08, 9)]) {
    sick.watches[0]?.send(health);
    await becomes(sick, "transient-failure");
    expect(await callsOfSick()).toBe(0);
    sick.watches[0]?.send(SERVING);
    await becomes(sick, "ready");
  }
  expect([sick.stub.connections, sick.watches.length]).toEqual([1, 1]);
});

test("a call waits for the first answer of a server, and gets it", async () => {
  await using bench = new Bench();
  const patient = await serve(bench);
  const { channel } = await open(bench, [patient]);
  const call = send(channel);
  await turns(50);
  expect([call.hasEnded, patient.stub.calls]).toEqual([false, 1]);
  patient.watches[0]?.send(SERVING);
  expect(await call.ended()).toBeUndefined();
});

test("a stream that is under way goes on while its server does not serve", async () => {
  await using bench = new Bench();
  const calls: StubCall[] = [];
  const patient = await serve(bench, SERVING, { answer: (call) => void calls.push(call) });
  const { channel, becomes } = await open(bench, [patient]);
  const call = send(channel, STREAM);
  await until(() => calls.length === 1, "the stream is open");
  patient.watches[0]?.send(NOT_SERVING);
  await becomes(patient, "transient-failure");
  calls[0]?.send(Buffer.from("still here"));
  calls[0]?.end();
  expect(await call.ended()).toBeUndefined();
  expect(call.texts).toEqual(["still here"]);
});

test("when no server serves, a call fails at once and says why", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, NOT_SERVING);
  const { channel, becomes } = await open(bench, [patient]);
  await becomes(patient, "transient-failure");
  await turns(5);
  expect((await send(channel).ended())?.message).toContain(
    `last error ${patient.stub.address} says NOT_SERVING for shop.Orders`,
  );
  expect(channel.connectivity).toBe("transient-failure");
});

test("a server without a health service takes calls, and is not asked again", async () => {
  await using bench = new Bench();
  const server = await bench.serve({
    handlers: { [WATCH]: (call) => call.end(Status.unimplemented, "no health here"), "*": echo },
  });
  const channel = bench.open([server], { healthService: "" });
  expect(await send(channel).ended()).toBeUndefined();
  bench.clock.advance(600_000);
  await turns(50);
  expect([healths(bench), server.calls]).toEqual([["unsupported"], 2]);
});

test("a server that admits one stream keeps it for calls", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, NOT_SERVING, { maxConcurrentStreams: 1 });
  const channel = bench.open([patient.stub], { healthService: "" });
  expect(await send(channel).ended()).toBeUndefined();
  expect([healths(bench), patient.watches.length]).toEqual([["unsupported"], 0]);
});

test("a watch that breaks after a second is opened again at once, and calls wait for its answer", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, SERVING);
  const { channel, becomes } = await open(bench, [patient]);
  await becomes(patient, "ready");
  bench.clock.advance(1_000);
  patient.watches[0]?.reset(2);
  await until(() => patient.watches.length === 2, "it is asked again");
  expect(await send(channel).ended()).toBeUndefined();
  expect(healths(bench)).toEqual(["serving", "serving"]);
});

test("a watch that breaks again and again is opened with backoff, and keeps calls away", async () => {
  await using bench = new Bench();
  const watches: number[] = [];
  const server = await bench.serve({
    handlers: {
      [WATCH]: (call) => {
        watches.push(bench.clock.now());
        call.end(Status.internal, "a bug");
      },
    },
  });
  const channel = bench.open([server], { healthService: "" });
  await until(() => bench.connectivity(server) === "transient-failure", "it does not serve");
  expect((await send(channel).ended())?.message).toContain("ended its health watch (status 13: a bug)");
  await bench.passTimeUntil(() => watches.length === 6, "five more watches", 50);
  // U(100 ms, 1, 2, 4, 8 and 16 s): at least the shortest, and together no longer than all bounds and the steps of the clock.
  const [first = 0, ...rest] = watches;
  expect(rest.every((ms, i) => ms - (watches[i] ?? 0) >= 100)).toBe(true);
  expect((rest.at(-1) ?? 0) - first).toBeGreaterThan(1_000);
  expect(server.connections).toBe(1);
});

test("a server that does not answer its watch within the connect timeout does not serve", async () => {
  await using bench = new Bench();
  const patient = await serve(bench);
  const { channel, becomes } = await open(bench, [patient]);
  bench.clock.advance(3_000);
  await becomes(patient, "transient-failure");
  expect(await patient.watches[0]?.closed).toBe(CANCEL);
  expect((await send(channel).ended())?.message).toContain("did not answer its health watch within 3000 ms");
});

test("the next connection has a watch of its own, and the old one does not hold its connection open", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, SERVING);
  const { channel, becomes } = await open(bench, [patient]);
  await becomes(patient, "ready");
  bench.clock.advance(1_000);
  patient.stub.goaway();
  await bench.passTimeUntil(() => patient.watches.length === 2, "it is asked again");
  expect(await patient.watches[0]?.closed).toBe(CANCEL);
  await until(() => patient.stub.connections === 1, "the old connection has closed");
  expect(await send(channel).ended()).toBeUndefined();
});

test("a watch is no call: it is in no load, and no PING is sent for it", async () => {
  await using bench = new Bench();
  const patient = await serve(bench, SERVING);
  const { channel, becomes } = await open(bench, [patient], { keepaliveTimeMs: 1_000, firstBytePingMs: 100 });
  await becomes(patient, "ready");
  const [endpoint] = channel.snapshot().tiers.flatMap(({ endpoints }) => endpoints);
  expect(endpoint).toMatchObject({ inFlight: 0, connections: 1 });
  let pings = 0;
  patient.watches[0]?.stream.session?.on("ping", () => pings++);
  for (let second = 0; second < 30; second++) {
    bench.clock.advance(1_000);
    await turns(2);
  }
  expect(pings).toBe(0);
  expect(bench.connectivity(patient.stub)).toBe("ready");
});

test.each(["own", "node:http2"] as const)(
  "over %s a watch that has been answered does not keep a program running",
  async (transport) => {
    await using bench = new Bench();
    const { stub, watches } = await serve(bench, SERVING);
    const to = parseTarget(`ipv4:${stub.address}`);
    const { code } = await findAndLeave(join(import.meta.dirname, ".."), to, { healthService: "", transport });
    expect([code, watches.length]).toEqual([0, 1]);
  },
);

test.each([7, null])("healthService %j is refused", (healthService) => {
  const bench = new Bench();
  expect(() => bench.open([], { healthService: healthService as unknown as string })).toThrow(
    `[invalid_argument] healthService: expected text, got ${healthService}`,
  );
});
