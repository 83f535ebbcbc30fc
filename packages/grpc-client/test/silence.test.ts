/**
 * A server that accepts calls and is silent: before its response, or in the middle of a stream. The limits of the channel end the
 * attempt, and not the deadline of the call.
 */

import { describe, expect, test } from "vitest";
import { Status } from "../src/index.ts";
import { echo, type StubCall, type StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { BIDI, IDEMPOTENT, RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { until } from "./support/until.ts";

const DEADLINE = { timeoutMs: 600_000 };

/** Longer than a limit by the slots of the deadline wheel. */
const past = (limitMs: number): number => limitMs + 20;

describe("without a response", () => {
  const silentOnce = (): StubHandler => {
    let calls = 0;
    return (call) => (++calls > 1 ? echo(call) : undefined);
  };

  test("an idempotent call is made again after firstByteTimeoutMs, long before its deadline", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": silentOnce() } });
    const channel = await bench.connect([server]);
    const call = send(channel, IDEMPOTENT, DEADLINE);
    await until(() => server.calls === 1, "the first attempt is on the server");
    bench.clock.advance(59_999);
    expect(call.hasEnded).toBe(false);
    bench.clock.advance(past(1));
    await bench.passTimeUntil(() => call.hasEnded, "the second attempt ends");
    expect(call.error).toBeUndefined();
    expect(server.calls).toBe(2);
    const retried = bench.events.find(({ type }) => type === "call-retried");
    expect(retried).toMatchObject({ outcome: { kind: "failure", class: "maybe-processed" } });
  });

  test("any other call fails, the error says that it may have been processed, and the server sees a cancel", async () => {
    await using bench = new Bench();
    const held: StubCall[] = [];
    const server = await bench.serve({ handlers: { "*": (call) => void held.push(call) } });
    const channel = await bench.connect([server], { firstByteTimeoutMs: 500 });
    const call = send(channel, UNARY, DEADLINE);
    await until(() => held.length === 1, "the call is on the server");
    bench.clock.advance(past(500));
    expect(call.error).toMatchObject({ code: Status.unavailable, maybeProcessed: true });
    expect(call.error?.message).toBe(
      `[unavailable] no response within 500 ms (firstByteTimeoutMs) from ${server.address}`,
    );
    expect(await held[0]?.closed).toBe(8);
  });

  test("a call with a shorter deadline ends by its deadline", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": () => {} } });
    const channel = await bench.connect([server]);
    const call = send(channel, UNARY, { timeoutMs: 1_000 });
    await until(() => server.calls === 1, "the call is on the server");
    bench.clock.advance(past(1_000));
    expect(call.error?.code).toBe(Status.deadlineExceeded);
  });

  test("a stream of requests may wait: its server may wait for the requests", async () => {
    await using bench = new Bench();
    const held: StubCall[] = [];
    const channel = await bench.connect([await bench.serve({ handlers: { "*": (call) => void held.push(call) } })]);
    const call = new RecordedCall(channel, BIDI, {});
    call.call.start();
    await until(() => held.length === 1, "the call is on the server");
    bench.clock.advance(3_600_000);
    expect(call.hasEnded).toBe(false);
    held[0]?.end();
    expect(await call.ended()).toBeUndefined();
  });
});

describe("in a stream", () => {
  test("the limit counts from the last message", async () => {
    await using bench = new Bench();
    const held: StubCall[] = [];
    const channel = await bench.connect([await bench.serve({ handlers: { "*": (call) => void held.push(call) } })]);
    const call = send(channel, STREAM, { idleTimeoutMs: 6_000 });
    await until(() => held.length === 1, "the call is on the server");
    for (let sent = 1; sent <= 5; sent++) {
      held[0]?.send(Buffer.from("beat"));
      await until(() => call.messages.length === sent, "a message has come");
      bench.clock.advance(5_000);
      expect(call.hasEnded).toBe(false);
    }
    bench.clock.advance(past(1_000));
    expect(call.error).toMatchObject({ code: Status.unavailable, maybeProcessed: true });
    expect(call.error?.message).toContain("no message for 6000 ms (idleTimeoutMs)");
  });

  test("there is none by default", async () => {
    await using bench = new Bench();
    const held: StubCall[] = [];
    const channel = await bench.connect([await bench.serve({ handlers: { "*": (call) => void held.push(call) } })]);
    const call = send(channel, STREAM);
    await until(() => held.length === 1, "the call is on the server");
    held[0]?.sendHeaders();
    await until(() => call.headers !== undefined, "the headers have come");
    bench.clock.advance(24 * 3_600_000);
    expect(call.hasEnded).toBe(false);
    held[0]?.end();
    expect(await call.ended()).toBeUndefined();
  });

  test("time in which the caller does not read does not count", async () => {
    await using bench = new Bench();
    const held: StubCall[] = [];
    const channel = await bench.connect([await bench.serve({ handlers: { "*": (call) => void held.push(call) } })]);
    const call = send(channel, STREAM, { idleTimeoutMs: 1_000 });
    await until(() => held.length === 1, "the call is on the server");
    held[0]?.send(Buffer.from("one"));
    await until(() => call.messages.length === 1, "a message has come");
    call.call.pause();
    for (let i = 0; i < 10; i++) bench.clock.advance(1_000);
    expect(call.hasEnded).toBe(false);
    call.call.resume();
    held[0]?.end();
    expect(await call.ended()).toBeUndefined();
  });
});
