/**
 * The channel under stubs of grpc-js: what happens between the lines that a user of a stub writes.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { createGrpcJsChannel, type GrpcJsChannel, isMaybeProcessed } from "../src/adapters/grpc-js.ts";
import { isChannelError, Status } from "../src/index.ts";
import type { StubCall, StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { inFlight } from "./support/connect-client.ts";
import { answered, collected, createStub, ECHO, stubOf } from "./support/grpc-js-stub.ts";
import { turns, until } from "./support/until.ts";

const NONE = new grpc.Metadata();
const lib = grpc;

/** A call of a server as a handler of grpc-js passes it on. */
class ParentCall extends EventEmitter {
  cancelled = false;
  readonly deadlineMs: number;

  constructor(deadlineMs = Infinity) {
    super();
    this.deadlineMs = deadlineMs;
  }

  getDeadline(): number {
    return this.deadlineMs;
  }
}

const asParent = (parent: ParentCall): grpc.ServerUnaryCall<unknown, unknown> =>
  parent as unknown as grpc.ServerUnaryCall<unknown, unknown>;

describe("reading", () => {
  test("a stub that does not read holds the server back, and gets every message once it does", async () => {
    await using bench = new Bench();
    const block = "x".repeat(32 * 1_024);
    const count = 100;
    let written = 0;
    const list: StubHandler = async (call) => {
      await call.request;
      call.sendHeaders();
      const next = (): void => {
        if (written++ === count) return call.end();
        call.send(Buffer.from(block));
        if (call.stream.writableNeedDrain) call.stream.once("drain", next);
        else next();
      };
      next();
    };
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.list.path]: list } });
    const stream = stub.list("go");
    await until(() => written > 0, "the server begins");
    await turns(200);
    const heldAt = written;
    expect(heldAt).toBeLessThan(count); // 3.2 MB are more than all windows and buffers
    const { words, status } = await collected(stream);
    expect([words.length, words.every((word) => word === block), status.code]).toEqual([count, true, Status.ok]);
  });

  test("one message for each startRead, and the status after the last one", async () => {
    await using bench = new Bench();
    const channel = await bench.connect([await bench.serve({ handlers: { "*": (call) => sayAll(call, "a", "b") } })]);
    const events: string[] = [];
    const call = createGrpcJsChannel<GrpcJsChannel>(channel).createCall(ECHO.list.path, Infinity, null, null, null);
    call.start(NONE, {
      onReceiveMetadata: () => events.push("headers"),
      onReceiveMessage: (message) => events.push(message.toString()),
      onReceiveStatus: ({ code }) => events.push(`status ${code}`),
    });
    call.sendMessageWithContext({}, Buffer.from("go"));
    call.halfClose();
    await until(() => inFlight(channel) === 0, "the server has answered");
    expect(events).toEqual(["headers"]);
    call.startRead();
    await turns(5);
    expect(events).toEqual(["headers", "a"]);
    call.startRead();
    await turns(5);
    expect(events).toEqual(["headers", "a", "b", "status 0"]);
  });

  test("messages that have come before an error of the server are delivered before it", async () => {
    await using bench = new Bench();
    const list: StubHandler = (call) => sayAll(call, ..."abcdefgh", Status.aborted);
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.list.path]: list } });
    const { words, status } = await collected(stub.list("go"));
    expect([words.join(""), status.code]).toEqual(["abcdefgh", Status.aborted]);
  });

  test("an error after two messages of a unary method reaches its stub, which reads one", async () => {
    await using bench = new Bench();
    const say: StubHandler = (call) => sayAll(call, "a", "b", Status.aborted);
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.say.path]: say } });
    expect((await answered((callback) => stub.say("hello", callback))).error).toMatchObject({ code: Status.aborted });
  });

  test("an answer that cannot be decoded ends the call with `internal`", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const broken = (): never => {
      throw new Error("not a message");
    };
    const { error } = await answered((callback) =>
      stub.makeUnaryRequest(ECHO.say.path, ECHO.say.requestSerialize, broken, "hello", callback),
    );
    expect(error).toMatchObject({ code: Status.internal, details: expect.stringContaining("not a message") });
  });

  test("a deadline ends a stream at once, although messages have not been read", async () => {
    await using bench = new Bench();
    const list: StubHandler = (call) => {
      for (let i = 0; i < 40; i++) call.send(Buffer.from("x"));
    };
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.list.path]: list } });
    const stream = stub.list("go", NONE, { deadline: bench.clock.wallNow() + 500 });
    const failed = new Promise<grpc.ServiceError>((resolve) => stream.on("error", resolve));
    stream.read(0);
    await until(() => stream.readableLength > 0, "messages have come");
    bench.clock.advance(1_000);
    expect(await failed).toMatchObject({ code: Status.deadlineExceeded });
  });
});

describe("writing", () => {
  test("a callback comes when there is room, so that a server that does not read holds the stub back", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const join: StubHandler = async (call) => {
      call.stream.pause();
      served.resolve(call);
      const messages = await call.request;
      call.send(Buffer.from(String(messages.length)));
      call.end();
    };
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.join.path]: join } });
    const block = "x".repeat(256 * 1_024);
    let written = 0;
    const done = answered((callback) => {
      const stream = stub.join(callback);
      const next = (): void => {
        if (written === 20) return void stream.end();
        stream.write(block, () => {
          written++;
          next();
        });
      };
      next();
    });
    const { stream } = await served.promise;
    await turns(200);
    expect(written).toBeLessThan(20); // 5 MiB are more than all windows and buffers
    stream.resume();
    expect(await done).toEqual({ error: null, answer: "20" });
  });

  test("the callback of a message that never leaves is called at the end of its call", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, {
      lib,
      handlers: { [ECHO.chat.path]: (call) => void call.stream.pause() },
    });
    const chat = stub.chat();
    const ended = collected(chat);
    const written = new Promise<void>((resolve) => {
      const next = (): void => {
        if (!chat.destroyed) chat.write("x".repeat(1 << 20), () => (inFlightEnded ? resolve() : next()));
      };
      next();
    });
    let inFlightEnded = false;
    await turns(100);
    inFlightEnded = true;
    chat.cancel();
    await written;
    expect((await ended).status.code).toBe(Status.cancelled);
  });

  test("a stream of requests that ends without a message ends for the server, too", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib, adapter: { services: [{ ...ECHO }] } });
    expect(await answered((callback) => stub.join(callback).end())).toEqual({ error: null, answer: "" });
  });

  test("without a definition it ends a second later, since a message may have been overtaken", async () => {
    await using bench = new Bench();
    const delayed: (() => void)[] = [];
    const interceptor: grpc.Interceptor = (options, nextCall) =>
      new grpc.InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) => delayed.push(() => next(metadata, listener)),
      });
    const { stub, server } = await stubOf(bench, { lib, client: { interceptors: [interceptor] } });
    const joined = answered((callback) => stub.join(callback).end());
    await turns(5);
    delayed.shift()?.();
    await turns(20);
    expect(server.calls).toBe(0);
    bench.clock.advance(1_000);
    expect(await joined).toEqual({ error: null, answer: "" });
  });
});

describe("what a stub passes is checked, and the call ends with the reason", () => {
  test.each([
    ["deadline", { deadline: Number.NaN }, "deadline: expected a Date"],
    ["deadline", { deadline: "soon" as unknown as Date }, "deadline: expected a Date"],
    ["host", { host: "elsewhere:443" }, "host: expected none"],
  ])("%s", async (_what, options, details) => {
    await using bench = new Bench();
    const { stub, server } = await stubOf(bench, { lib });
    const { error } = await answered((callback) => stub.say("hello", NONE, options, callback));
    expect(error).toMatchObject({
      code: Status.invalidArgument,
      details: expect.stringContaining(details),
    });
    expect(server.calls).toBe(0);
  });

  test("metadata that is too large", async () => {
    await using bench = new Bench();
    const { stub, server } = await stubOf(bench, { lib });
    const metadata = new grpc.Metadata();
    metadata.set("x-large", "x".repeat(100_000));
    const { error } = await answered((callback) => stub.say("hello", metadata, {}, callback));
    expect(error).toMatchObject({ code: Status.resourceExhausted });
    expect(server.calls).toBe(0);
  });

  test("options of the adapter", async () => {
    await using bench = new Bench();
    const channel = bench.open([]);
    const refused = (options: object): string => {
      try {
        createGrpcJsChannel(channel, options);
        return "accepted";
      } catch (error) {
        return isChannelError(error) ? error.rawMessage : String(error);
      }
    };
    expect(refused({ services: [{ say: { path: "/a/b" } }] })).toContain("services: expected definitions");
    expect(refused({ services: [null] })).toContain("services: expected definitions");
    expect(refused({ defaultTimeoutMs: -1 })).toContain("defaultTimeoutMs");
    expect(refused({ priority: "urgent" })).toContain("priority");
    expect(refused({ maxSendMessageBytes: 0.5 })).toContain("maxSendMessageBytes");
  });
});

describe("deadlines and parents", () => {
  test("a call without a deadline has none, and defaultTimeoutMs gives it one", async () => {
    await using bench = new Bench();
    const timeouts: unknown[] = [];
    const handlers = {
      [ECHO.say.path]: (call: StubCall) => {
        timeouts.push(call.headers["grpc-timeout"]);
        return sayAll(call, "x");
      },
    };
    const { stub } = await stubOf(bench, { lib, handlers });
    await answered((callback) => stub.say("hello", callback));
    await using other = new Bench();
    const { stub: limited } = await stubOf(other, { lib, handlers, adapter: { defaultTimeoutMs: 3_000 } });
    await answered((callback) => limited.say("hello", callback));
    await answered((callback) => limited.say("hello", NONE, { deadline: other.clock.wallNow() + 500 }, callback));
    expect(timeouts).toEqual([undefined, "3000m", "500m"]);
  });

  test("a call ends no later than its parent, and with it", async () => {
    await using bench = new Bench();
    const served: StubCall[] = [];
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.say.path]: (call) => void served.push(call) } });
    const parent = new ParentCall(bench.clock.wallNow() + 200);
    const call = answered((callback) => stub.say("hello", NONE, { parent: asParent(parent) }, callback));
    await until(() => served.length === 1, "the call arrives");
    expect(served[0]?.headers["grpc-timeout"]).toBe("200m");
    expect(parent.listenerCount("cancelled")).toBe(1);
    parent.emit("cancelled", "gone");
    expect((await call).error).toMatchObject({ code: Status.cancelled, details: "the parent call was cancelled" });
    expect(parent.listenerCount("cancelled")).toBe(0);

    parent.cancelled = true;
    const late = await answered((callback) => stub.say("hello", NONE, { parent: asParent(parent) }, callback));
    expect(late.error).toMatchObject({ code: Status.cancelled });
    expect(served).toHaveLength(1);
  });

  test("propagate_flags choose what a call takes over", async () => {
    await using bench = new Bench();
    const served: StubCall[] = [];
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.say.path]: (call) => void served.push(call) } });
    const parent = new ParentCall(bench.clock.wallNow() + 200);
    const options = { parent: asParent(parent), propagate_flags: grpc.propagate.CANCELLATION };
    const call = answered((callback) => stub.say("hello", NONE, options, callback));
    await until(() => served.length === 1, "the call arrives");
    expect(served[0]?.headers["grpc-timeout"]).toBeUndefined();
    parent.emit("cancelled", "gone");
    expect((await call).error).toMatchObject({ code: Status.cancelled });
  });

  test("a deadline that passes while credentials are made ends the call", async () => {
    await using bench = new Bench();
    const { stub, server } = await stubOf(bench, { lib });
    const credentials = grpc.credentials.createFromMetadataGenerator(() => {}); // it never answers
    const options = { deadline: bench.clock.wallNow() + 500, credentials };
    const call = answered((callback) => stub.say("hello", NONE, options, callback));
    await turns(5);
    bench.clock.advance(500);
    expect((await call).error).toMatchObject({ code: Status.deadlineExceeded });
    expect(server.calls).toBe(0);
  });
});

describe("credentials", () => {
  test("of the channel come after those of the call", async () => {
    await using bench = new Bench();
    const token = (value: string) =>
      grpc.credentials.createFromMetadataGenerator((_options, callback) => {
        const metadata = new grpc.Metadata();
        metadata.set("x-ask", value);
        callback(null, metadata);
      });
    const asked: unknown[] = [];
    const handlers = {
      [ECHO.say.path]: (call: StubCall) => {
        asked.push(call.headers["x-ask"]);
        return sayAll(call, "x");
      },
    };
    const { stub } = await stubOf(bench, { lib, handlers, adapter: { callCredentials: token("channel") } });
    await answered((callback) => stub.say("hello", callback));
    await answered((callback) => stub.say("hello", NONE, { credentials: token("call") }, callback));
    expect(asked).toEqual(["channel", "call,channel"]);
  });

  test.each([
    [{ code: Status.unauthenticated, message: "no key" }, Status.unauthenticated],
    [{ code: Status.notFound, message: "no key" }, Status.internal], // it would say something about the call
    [{ code: "ENOENT", message: "no key" }, Status.unknown],
    [new Error("no key"), Status.unknown],
  ])("that fail with %o end the call", async (failure, code) => {
    await using bench = new Bench();
    const { stub, server } = await stubOf(bench, { lib });
    const credentials = grpc.credentials.createFromMetadataGenerator((_options, callback) =>
      callback(failure as Error),
    );
    const { error } = await answered((callback) => stub.say("hello", NONE, { credentials }, callback));
    expect(error).toMatchObject({ code, details: "the call's credentials failed: no key" });
    expect(server.calls).toBe(0);
  });
});

describe("connectivity", () => {
  test("the end of a wait: a change, or the deadline", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = createGrpcJsChannel<GrpcJsChannel>(bench.open(undefined), { clock: bench.clock });
    const state = channel.getConnectivityState(true);
    expect(state).toBe(grpc.connectivityState.CONNECTING);
    const late = new Promise((resolve) => channel.watchConnectivityState(state, bench.clock.wallNow() + 100, resolve));
    bench.clock.advance(100);
    expect(await late).toMatchObject({ message: expect.stringContaining("deadline") });
    const past = new Promise((resolve) => channel.watchConnectivityState(state, bench.clock.wallNow(), resolve));
    expect(await past).toBeInstanceOf(Error);
    const changed = new Promise((resolve) => channel.watchConnectivityState(state, Infinity, resolve));
    bench.resolver.update([server]);
    expect(await changed).toBeUndefined();
    expect(channel.getConnectivityState(true)).toBe(grpc.connectivityState.READY);
    // The state that is waited for to pass has passed already.
    expect(await new Promise((resolve) => channel.watchConnectivityState(state, Infinity, resolve))).toBeUndefined();
    channel.close();
    expect(() => channel.watchConnectivityState(4, Infinity, () => {})).toThrow("shut down");
  });

  test("after close a call in flight goes on", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.list.path]: served.resolve } });
    const list = collected(stub.list("go"));
    const call = await served.promise;
    stub.close();
    bench.clock.advance(30_000); // longer than the grace of a close, 10 s
    call.send(Buffer.from("late"));
    call.end();
    expect((await list).words).toEqual(["late"]);
  });

  test("waitForReady of the metadata waits for an endpoint, however many fail", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const stub = createStub(grpc, {
      channelOverride: createGrpcJsChannel(bench.open(undefined), { clock: bench.clock }),
    });
    const patient = answered((callback) => stub.say("hello", new grpc.Metadata({ waitForReady: true }), {}, callback));
    const hasty = answered((callback) => stub.say("hello", callback));
    await turns(5);
    bench.clock.advance(3_000);
    expect((await hasty).error).toMatchObject({ code: Status.unavailable });
    bench.resolver.update([server]);
    expect(await patient).toEqual({ error: null, answer: "hello" });
  });
});

describe("retries", () => {
  const lost: StubHandler = async (call) => {
    await call.request;
    call.stream.session?.destroy();
  };

  test("a definition says which methods may run twice", async () => {
    await using bench = new Bench();
    const handlers = [lost, undefined];
    const say: StubHandler = (call) => handlers.shift()?.(call) ?? sayAll(call, "again");
    const idempotent = { say: { ...ECHO.say, options: { idempotency_level: "IDEMPOTENT" } } };
    const { stub } = await stubOf(bench, {
      lib,
      handlers: { [ECHO.say.path]: say },
      adapter: { services: [idempotent] },
    });
    const call = answered((callback) => stub.say("hello", callback));
    await bench.passTimeUntil(() => handlers.length === 0, "the call is repeated");
    expect(await call).toEqual({ error: null, answer: "again" });
  });

  test("any other is not repeated, and its error says that it may have been processed", async () => {
    await using bench = new Bench();
    const { stub, server } = await stubOf(bench, { lib, handlers: { [ECHO.say.path]: lost } });
    const { error } = await answered((callback) => stub.say("hello", callback));
    expect([error?.code, isMaybeProcessed(error), server.calls]).toEqual([Status.unavailable, true, 1]);
  });
});

describe("code of the caller", () => {
  test("runs in the async context of the call", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const context = new AsyncLocalStorage<string>();
    const seen = await context.run("a request", () => {
      const contexts: (string | undefined)[] = [];
      return new Promise<typeof contexts>((resolve) => {
        const list = stub.list("a");
        list.on("metadata", () => contexts.push(context.getStore()));
        list.on("data", () => contexts.push(context.getStore()));
        list.on("status", () => resolve([...contexts, context.getStore()]));
      });
    });
    expect(seen).toEqual(["a request", "a request", "a request"]);
  });

  test("a listener that throws does not end the calls of others", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
    const listeners = process.listeners("uncaughtException").slice(0, -1);
    for (const listener of listeners) process.removeListener("uncaughtException", listener);
    try {
      const list = stub.list("a b");
      list.on("metadata", () => {
        throw new Error("a bug of the caller");
      });
      const { words } = await collected(list);
      expect(words).toEqual(["a", "b"]);
      expect(await thrown).toMatchObject({ message: "a bug of the caller" });
    } finally {
      for (const listener of listeners) process.on("uncaughtException", listener);
    }
    expect(await answered((callback) => stub.say("hello", callback))).toEqual({ error: null, answer: "hello" });
  });

  test("a callback comes after the call has been returned", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const order: string[] = [];
    const ended = answered((callback) => {
      stub.say("hello", NONE, { deadline: 0 }, (...end) => {
        order.push("callback");
        callback(...end);
      });
      order.push("returned");
    });
    await ended;
    expect(order).toEqual(["returned", "callback"]);
  });
});

/** Answers with messages, and a status other than OK as the last one. */
async function sayAll(call: StubCall, ...messages: (string | number)[]): Promise<void> {
  await call.request;
  let status = 0;
  for (const message of messages) {
    if (typeof message === "number") status = message;
    else call.send(Buffer.from(message));
  }
  call.end(status);
}
