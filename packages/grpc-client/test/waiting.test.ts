/**
 * More calls at once than can be sent: the only endpoint reconnects, or admits few streams. No call fails.
 */

import { WorkflowEngineService } from "@agent-team/contracts";
import { ConnectError, createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { createConnectTransport } from "../src/adapters/connect.ts";
import { type CallPriority, type Channel, Status } from "../src/index.ts";
import { echo, type StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { BIDI, RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { turns, until } from "./support/until.ts";

/** Makes `count` calls in one tick. Returns the failed ones. */
async function failuresOf(calls: readonly RecordedCall[]): Promise<string[]> {
  await until(() => calls.every(({ hasEnded }) => hasEnded), "every call ends");
  return calls.flatMap(({ error }) => error?.message ?? []);
}

const sendMany = (channel: Channel, count: number): RecordedCall[] =>
  Array.from({ length: count }, (_, i) => send(channel, undefined, {}, String(i)));

test("300 calls while the only endpoint reconnects all succeed", async () => {
  await using bench = new Bench();
  const first = await bench.serve();
  const { host, port } = first;
  const channel = await bench.connect([first]);
  await first.kill();
  await until(() => bench.connectivity(first) === "transient-failure", "the loss is seen");
  const calls = sendMany(channel, 300);
  expect(channel.snapshot().waitingCalls).toBe(300);
  const second = await bench.serve({ host, port });
  await bench.passTimeUntil(() => bench.connectivity(second) === "ready", "it is back");
  expect(await failuresOf(calls)).toEqual([]);
  expect(second.calls).toBe(300);
});

test("400 calls to an endpoint that admits 5 streams all succeed, in order", async () => {
  await using bench = new Bench();
  const order: number[] = [];
  const [open, most] = [{ now: 0 }, { seen: 0 }];
  const handler = async (call: StubCall): Promise<void> => {
    most.seen = Math.max(most.seen, ++open.now);
    order.push(Number(Buffer.from((await call.request)[0] ?? "")));
    await turns(2);
    open.now--;
    await echo(call);
  };
  const server = await bench.serve({ maxConcurrentStreams: 5, handlers: { "*": handler } });
  const channel = await bench.connect([server], { maxConnectionsPerEndpoint: 1 });
  const calls = sendMany(channel, 400);
  expect(channel.snapshot().waitingCalls).toBe(395);
  expect(await failuresOf(calls)).toEqual([]);
  expect(most.seen).toBe(5);
  expect(order).toEqual(calls.map((_, i) => i));
});

test("a call waits for room until its deadline, and the error says so", async () => {
  await using bench = new Bench();
  const held: StubCall[] = [];
  const server = await bench.serve({ maxConcurrentStreams: 1, handlers: { "*": (call) => void held.push(call) } });
  const channel = await bench.connect([server], { maxConnectionsPerEndpoint: 1 });
  const open = send(channel, STREAM);
  const [short, long] = [send(channel, UNARY, { timeoutMs: 30_000 }), send(channel, UNARY, { timeoutMs: 50_000 })];
  await until(() => held.length === 1, "the stream is open");
  bench.clock.advance(30_020);
  expect(short.error?.message).toBe(
    "[deadline_exceeded] 30000 ms passed while waiting for an endpoint: no endpoint with room for another stream for workflow-agent:50051 (1 known: 1 ready)",
  );
  expect(long.hasEnded).toBe(false);
  held[0]?.end();
  expect((await open.ended())?.code).toBeUndefined();
  await until(() => held.length === 2, "the next one gets its place");
  if (held[1] !== undefined) await echo(held[1]);
  expect(await long.ended()).toBeUndefined();
});

test("a cancelled call frees its place, and a call that never gets one holds no resources", async () => {
  await using bench = new Bench();
  const channel = bench.open(undefined, { maxWaitingCalls: 100 });
  const calls = sendMany(channel, 100);
  for (const { call } of calls.filter((_, i) => i % 2 === 0)) call.cancel();
  expect(channel.snapshot().waitingCalls).toBe(50);
  const more = sendMany(channel, 51);
  const [oldest, ...waiting] = [...calls.filter((_, i) => i % 2 === 1), ...more];
  expect(oldest?.error?.code).toBe(Status.unavailable);
  bench.resolver.update([await bench.serve()]);
  expect(await failuresOf(waiting)).toEqual([]);
});

test("a Connect transport's priority keeps its calls in a full queue", async () => {
  await using bench = new Bench();
  const channel = bench.open(undefined, { maxWaitingCalls: 2 });
  expect(() => createConnectTransport(channel, { priority: "urgent" as "high" })).toThrow(
    '[invalid_argument] priority: expected one of low, normal, high, critical, got "urgent"',
  );
  const say = (priority?: CallPriority): Promise<string> => {
    const client = createClient(WorkflowEngineService, createConnectTransport(channel, { priority }));
    return client.listNodeTypes({}).then(
      () => "ok",
      (error: unknown) => ConnectError.from(error).message,
    );
  };
  const calls = [say("critical"), say("low"), say(), say("low")];
  bench.resolver.update([await bench.serve()]);

  expect(await Promise.all(calls)).toEqual([
    "ok",
    expect.stringContaining("[unavailable] 2 calls wait already"),
    "ok",
    expect.stringContaining("[unavailable] 2 calls wait already"),
  ]);
});

test("the bytes of waiting calls are bounded: a unary call above the bound is refused, and a stream must wait with its next message", async () => {
  await using bench = new Bench();
  const channel = bench.open(undefined, { maxWaitingBytes: 100_000 });
  const stream = new RecordedCall(channel, BIDI, {});
  stream.call.start();
  expect(stream.call.send(Buffer.alloc(60_000), false)).toBe(true);
  expect(stream.call.send(Buffer.alloc(60_000), false)).toBe(false);
  const refused = send(channel);
  expect(refused.error?.message).toMatch(
    /^\[unavailable\] 1 calls wait already and hold 120000 bytes, and maxWaitingBytes \(100000\) has no room for 5 more: /,
  );
  const handler = (call: StubCall): void => void call.request.then((messages) => call.end(0, String(messages.length)));
  bench.resolver.update([await bench.serve({ handlers: { "*": handler } })]);
  await until(() => stream.drains > 0, "the stream may go on");
  stream.call.send(Buffer.alloc(60_000), true);
  expect(await stream.ended()).toBeUndefined();
});
