/**
 * A channel and two servers: calls reach them, are bounded in time and number, and leave no timer or connection.
 */

import { describe, expect, test } from "vitest";
import {
  type Connection,
  type ConnectionListener,
  type CreateTransport,
  Metadata,
  Status,
  type Stream,
  type StreamHead,
  type StreamSink,
  type TransportOptions,
} from "../src/index.ts";
import type { StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { BIDI, Load, RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { refusingAddress } from "./support/hostile-peers.ts";
import { turns, until } from "./support/until.ts";

/** Sends headers and never ends. */
const forever = (call: StubCall): void => call.sendHeaders();
/** Never answers. */
const silence = (): void => {};

describe("endpoints", () => {
  test("two of them share the load, and each call counts until it ends", async () => {
    await using bench = new Bench();
    const servers = [await bench.serve(), await bench.serve({ host: "127.0.0.2" })];
    const channel = await bench.connect(servers);
    const load = new Load(channel);
    await load.run(400);
    await load.stop();
    expect(load.errors).toEqual([]);
    for (const { calls } of servers) expect(calls).toBeGreaterThan(load.calls.length * 0.4);
    for (const { inFlight } of channel.snapshot().tiers.flatMap((tier) => tier.endpoints)) expect(inFlight).toBe(0);
  });

  test("a new one gets calls without a failed connection, and a removed one gets none", async () => {
    await using bench = new Bench();
    const [first, second] = [await bench.serve(), await bench.serve({ host: "127.0.0.2" })];
    const channel = await bench.connect([first]);
    const load = new Load(channel);
    await load.run(20);
    bench.resolver.update([first, second]);
    await until(() => second.calls >= 20, "the new endpoint gets calls");
    bench.resolver.update([second]);
    await until(() => first.connections === 0, "the removed endpoint has finished its calls and is left");
    const before = first.calls;
    await load.run(100);
    await load.stop();
    expect(first.calls).toBe(before);
    expect(load.errors).toEqual([]);
    expect(bench.events.filter(({ type }) => type === "call-retried")).toEqual([]);
  });

  test("one that admits few streams makes further calls wait, and no call fails", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ maxConcurrentStreams: 2 });
    const channel = await bench.connect([server]);
    const calls = Array.from({ length: 40 }, () => send(channel));
    // The fake clock does not advance: a call must be placed without a timer.
    for (const call of calls) expect(await call.ended()).toBeUndefined();
    expect(server.calls).toBe(40);
  });
});

describe("calls of every kind", () => {
  test("streams go both ways, with metadata, headers and trailers", async () => {
    await using bench = new Bench();
    const converse = async (call: StubCall): Promise<void> => {
      call.sendHeaders({ "x-from": String(call.headers["x-who"]) });
      call.onRequest((message) => call.send(message));
      await call.request;
      call.end(0, "", { "x-count": "2" });
    };
    const server = await bench.serve({ handlers: { "*": converse } });
    const channel = await bench.connect([server]);
    const conversation = new RecordedCall(channel, BIDI, { metadata: Metadata.from([["x-who", "me"]]) });
    conversation.call.start();
    for (const [i, text] of ["one", "two"].entries()) {
      conversation.call.send(Buffer.from(text), false);
      await until(() => conversation.messages.length > i, `answer ${i}`);
    }
    conversation.call.halfClose();
    expect(await conversation.ended()).toBeUndefined();
    expect(conversation.texts).toEqual(["one", "two"]);
    expect(conversation.headers?.get("x-from")).toBe("me");
    expect(conversation.ends[0]?.trailers.get("x-count")).toBe("2");
  });

  test("a unary call gets all or nothing: a message is delivered only after the status OK", async () => {
    await using bench = new Bench();
    const answerThenFail = (call: StubCall): void => {
      call.send(Buffer.from("half"));
      call.end(Status.aborted, "changed my mind");
    };
    const channel = await bench.connect([await bench.serve({ handlers: { "*": answerThenFail } })]);
    const call = send(channel);
    expect(await call.ended()).toMatchObject({ code: Status.aborted, message: "[aborted] changed my mind" });
    expect([call.messages, call.headers]).toEqual([[], undefined]);
  });

  test.each([0, 2])("a unary call that succeeds with %i messages is internal", async (count) => {
    await using bench = new Bench();
    const answer = (call: StubCall): void => {
      call.sendHeaders();
      for (let i = 0; i < count; i++) call.send(Buffer.from("x"));
      call.end();
    };
    const channel = await bench.connect([await bench.serve({ handlers: { "*": answer } })]);
    const error = await send(channel).ended();
    expect(error?.message).toBe(`[internal] ${UNARY.path} succeeded with ${count} messages, expected one`);
  });
});

describe("a snapshot", () => {
  test("is plain data about the endpoints and their state", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": silence } });
    const dead = await refusingAddress();
    const channel = bench.open([{ ...server, host: server.host, port: server.port, zone: "local-1a" }, dead]);
    await bench.becomesReady(server);
    await until(() => bench.connectivity(dead) === "transient-failure", "the dead one is known to be dead");
    const call = send(channel);
    const snapshot = channel.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toMatchObject({
      tiers: [
        {
          active: true,
          standby: false,
          ageMs: 0,
          endpoints: [
            { address: server.address, zone: "local-1a", connectivity: "ready", inFlight: 1 },
            { connectivity: "transient-failure", inFlight: 0, lastError: expect.stringContaining("ECONNREFUSED") },
          ],
        },
      ],
      waitingCalls: 0,
      retryBudget: 10,
    });
    call.call.cancel();
  });
});

describe("close", () => {
  test("lets running calls finish, fails waiting and new ones, and leaves no timer or connection", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const server = await bench.serve({ handlers: { "*": served.resolve } });
    const channel = await bench.connect([server]);
    const running = send(channel);
    const { send: answer, end } = await served.promise.then((call) => ({
      send: (text: string) => call.send(Buffer.from(text)),
      end: () => call.end(),
    }));
    const closing = channel.close();
    expect(send(channel).error?.message).toMatch(/^\[unavailable\] the channel to workflow-agent\S* is closed$/);
    answer("done");
    end();
    expect(await running.ended()).toBeUndefined();
    await closing;
    await channel.close();
    expect(bench.clock.pendingTimers).toBe(0);
    expect(bench.resolver.isClosed).toBe(true);
  });

  test("waits at most its grace period for calls that do not finish", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": forever } });
    const channel = await bench.connect([server]);
    const call = send(channel, STREAM);
    await until(() => call.headers !== undefined, "the stream has begun");
    const closing = channel.close(500);
    bench.clock.advance(499);
    await turns(20);
    expect(call.hasEnded).toBe(false);
    bench.clock.advance(1);
    await closing;
    expect(call.error?.code).toBe(Status.unavailable);
    expect(call.error?.message).toContain("the channel is closed");
  });

  test("of a channel with waiting calls ends them at once", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    const call = send(channel, UNARY, { waitForReady: true });
    await channel.close();
    expect(call.error?.message).toContain("is closed");
  });
});

test("a channel tells its connectivity: connecting, ready, in transient failure, ready again, shut down", async () => {
  await using bench = new Bench();
  const channel = bench.open(undefined);
  const seen: string[] = [];
  channel.watchConnectivity((connectivity) => seen.push(connectivity));
  expect(channel.connectivity).toBe("connecting");
  const unreachable = await refusingAddress();
  bench.resolver.update([unreachable]);
  await until(() => channel.connectivity === "transient-failure", "every endpoint has failed");
  bench.resolver.update([await bench.serve()]);
  await until(() => channel.connectivity === "ready", "the new endpoint is ready");
  await channel.close();
  expect(channel.connectivity).toBe("shutdown");
  expect([seen[0], seen.at(-2), seen.at(-1)]).toEqual(["transient-failure", "ready", "shutdown"]);
});

test("a call tells its peer once it has one", async () => {
  await using bench = new Bench();
  const server = await bench.serve();
  const channel = await bench.connect([server]);
  const recorded = new RecordedCall(channel, UNARY, {});
  expect(recorded.call.peer).toBeUndefined();
  recorded.call.send(Buffer.from("hello"), true);
  recorded.call.start();
  await recorded.ended();
  expect(recorded.call.peer).toBe(`${server.host}:${server.port}`);
});

test("calls go over the transport that the options give, with the options of its connections", async () => {
  await using bench = new Bench();
  const seen: TransportOptions[] = [];
  const createTransport: CreateTransport = (options) => {
    seen.push(options);
    return { connect: (_endpoint, listener) => new EchoConnection(listener) };
  };
  const channel = await bench.connect([{ host: "10.0.10.7", port: 50051 }], { createTransport, connectTimeoutMs: 700 });
  const call = send(channel);
  expect(await call.ended()).toBeUndefined();
  expect(call.texts).toEqual(["hello"]);
  expect(seen).toMatchObject([{ authority: "workflow-agent:50051", connectTimeoutMs: 700 }]);
});

/** A connection without a socket: each message comes back, and the call succeeds. */
class EchoConnection implements Connection {
  readonly peerSettings = { maxConcurrentStreams: 1, maxHeaderListBytes: 65_536 };
  readonly lastReceivedMs = 0;
  readonly openStreams = 0;
  readonly openCalls = 0;
  readonly responses = 0;
  readonly hasRoom = true;
  readonly #listener: ConnectionListener;

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
    queueMicrotask(() => listener.onReady());
  }

  open(_head: StreamHead, sink: StreamSink): Stream {
    return {
      sendMessage(message) {
        queueMicrotask(() => {
          sink.onHeaders(Metadata.empty);
          sink.onMessage(message);
          const trailers = Metadata.empty;
          sink.onEnd({ code: Status.ok, message: "", trailers, origin: "server", processing: "maybe-processed" });
        });
        return true;
      },
      halfClose() {},
      cancel() {},
      pause() {},
      resume() {},
    };
  }

  ping(): boolean {
    return false;
  }

  drain(): void {
    queueMicrotask(() => this.#listener.onClose(undefined));
  }

  destroy(): void {}
}
