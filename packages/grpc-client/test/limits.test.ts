/**
 * Calls that end without an answer: timed out, cancelled, refused for their arguments, or without an endpoint.
 */

import { describe, expect, test } from "vitest";
import { type CallOptions, createChannel, Metadata, type Method, Status } from "../src/index.ts";
import type { StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { refusingAddress } from "./support/hostile-peers.ts";
import { turns, until } from "./support/until.ts";

/** Sends headers and never ends. */
const forever = (call: StubCall): void => call.sendHeaders();

describe("deadlines", () => {
  test("grpc-timeout has the remaining time; a stream that exceeds it is reset, and the error names the server", async () => {
    await using bench = new Bench();
    let served: StubCall | undefined;
    const hold = (call: StubCall): void => {
      served = call;
    };
    const server = await bench.serve({ handlers: { "*": hold } });
    const channel = await bench.connect([server]);
    const call = send(channel, UNARY, { timeoutMs: 200 });
    await until(() => served !== undefined, "the call arrives");
    expect(served?.headers["grpc-timeout"]).toBe("200m");
    bench.clock.advance(199);
    expect(call.hasEnded).toBe(false);
    bench.clock.advance(21);
    expect(call.error).toMatchObject({
      message: `[deadline_exceeded] 200 ms passed while waiting for ${server.address}`,
      maybeProcessed: true,
    });
    expect(await served?.closed).toBe(0x8);
  });

  test("the error of a call without an endpoint says so, and that it was not sent", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    bench.resolver.fail();
    const call = send(channel, UNARY, { timeoutMs: 500, waitForReady: true });
    bench.clock.advance(520);
    expect(call.error).toMatchObject({
      message: expect.stringMatching(
        /^\[deadline_exceeded\] 500 ms passed while waiting for an endpoint: no ready endpoint for \S+ \(none known; /,
      ),
      maybeProcessed: false,
    });
  });

  test("a deadline that has passed already ends the call before it is sent", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = await bench.connect([server]);
    const call = send(channel, UNARY, { timeoutMs: 0 });
    expect(call.error?.message).toBe("[deadline_exceeded] 0 ms passed before the call began");
    await turns(50);
    expect(server.calls).toBe(0);
  });

  test("by default a unary call has a deadline of one minute, and a stream has none", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": forever } });
    const channel = await bench.connect([server], { firstByteTimeoutMs: Number.POSITIVE_INFINITY });
    const [unary, stream] = [send(channel, UNARY), send(channel, STREAM)];
    await until(() => server.calls === 2 && stream.headers !== undefined, "both arrive, and the stream is answered");
    bench.clock.advance(60_020);
    expect(unary.error?.code).toBe(Status.deadlineExceeded);
    expect(stream.hasEnded).toBe(false);
    stream.call.cancel();
  });
});

describe("invalid input is refused at once", () => {
  test.each<[string, Method, CallOptions]>([
    ["timeoutMs: expected milliseconds", UNARY, { timeoutMs: Number.NaN }],
    ["timeoutMs: expected milliseconds", STREAM, { timeoutMs: -1 }],
    ["method.path: expected /package.Service/Method", { ...UNARY, path: "/a/b\r\nx: y" }, {}],
    ['metadata "x-user": expected printable ASCII', UNARY, { metadata: Metadata.fromWire(["x-user", "caf\u00e9"]) }],
  ])("%s", async (message, method, options) => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = await bench.connect([server]);
    const timers = bench.clock.pendingTimers;
    expect(() => new RecordedCall(channel, method, options)).toThrow(`[invalid_argument] ${message}`);
    expect(bench.clock.pendingTimers).toBe(timers);
    expect(await send(channel).ended()).toBeUndefined();
    expect(server.calls).toBe(1);
  });

  test("a message that is not bytes, and one after the last", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    const { call } = new RecordedCall(channel, UNARY, {});
    expect(() => call.send("hello" as unknown as Uint8Array, true)).toThrow("[invalid_argument] message: expected");
    call.send(Buffer.from("hello"), true);
    expect(() => call.send(Buffer.from("more"), true)).toThrow(
      "[internal] /test.Echo/Say: a message after the last one cannot be sent",
    );
    call.cancel();
    call.send(Buffer.from("more"), true); // after its end a call ignores everything
  });

  test.each(["a\r\nb", "a b", ""])("a target's name that is no authority: %j", (name) => {
    const target = { name, tiers: [{ strategy: "env", endpoints: [{ host: "127.0.0.1", port: 1 }] }] } as const;
    expect(() => createChannel(target)).toThrow("[invalid_argument] target.name: expected host or host:port");
  });

  test("the grace period of a close", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    await expect(channel.close(Number.NaN)).rejects.toThrow("[invalid_argument] graceMs: expected milliseconds");
  });
});

describe("cancellation", () => {
  test("ends a running call before cancel returns, and resets its stream", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await bench.connect([await bench.serve({ handlers: { "*": served.resolve } })]);
    const call = send(channel);
    const { closed } = await served.promise;
    call.call.cancel("enough");
    expect(call.error).toMatchObject({ message: "[cancelled] enough", maybeProcessed: true });
    expect(await closed).toBe(0x8);
    call.call.cancel("again");
    expect(call.ends).toHaveLength(1);
  });

  test("ends a waiting call, and its place in the queue is free", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    const call = send(channel);
    expect(channel.snapshot().waitingCalls).toBe(1);
    call.call.cancel();
    expect(call.error?.code).toBe(Status.cancelled);
    expect(channel.snapshot().waitingCalls).toBe(0);
  });

  test("before the start prevents the call", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = await bench.connect([server]);
    const call = new RecordedCall(channel, UNARY, {});
    call.call.cancel();
    call.call.start();
    call.call.send(Buffer.from("x"), true);
    await turns(50);
    expect(server.calls).toBe(0);
    expect(call.ends).toHaveLength(1);
    expect(channel.snapshot().tiers[0]?.endpoints[0]?.inFlight).toBe(0);
  });
});

describe("when there is no endpoint", () => {
  test("the error has the number of known ones, their states and the last error", async () => {
    await using bench = new Bench();
    const [a, b] = [await refusingAddress(), await refusingAddress("127.0.0.2")];
    const channel = bench.open([a, b]);
    const call = send(channel);
    const error = await call.ended();
    expect(error?.code).toBe(Status.unavailable);
    expect(error?.maybeProcessed).toBe(false);
    expect(error?.message).toMatch(
      /^\[unavailable\] no ready endpoint for workflow-agent\S* \(2 known: 2 transient-failure; last error connect ECONNREFUSED 127\.0\.0\.2:\d+\)$/,
    );
  });

  test("the number of waiting calls and the wait of each are bounded, and the newest have the places", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined, { maxWaitingCalls: 2, maxWaitMs: 100 });
    const [first, second, third] = [send(channel), send(channel), send(channel)];
    expect(first?.error?.message).toMatch(
      /^\[unavailable\] 2 calls wait already, as many as maxWaitingCalls allows: no ready endpoint/,
    );
    expect([second?.hasEnded, third?.hasEnded]).toEqual([false, false]);
    bench.clock.advance(100);
    for (const call of [second, third])
      expect(call?.error?.message).toMatch(/^\[unavailable\] no endpoint within 100 ms/);
  });

  test("waiting calls are placed when one is ready", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    const calls = [send(channel), send(channel)];
    await turns(20);
    bench.resolver.update([await bench.serve()]);
    for (const call of calls) expect(await call.ended()).toBeUndefined();
  });
});
