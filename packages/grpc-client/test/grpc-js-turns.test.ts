/**
 * When a stub is told what its call has brought. The channel is a scripted one: a test decides what arrives in one turn. The last tests do in a
 * callback what a caller might do.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import * as grpc from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { createGrpcJsChannel, type GrpcJsChannelOptions } from "../src/adapters/grpc-js.ts";
import type { CallSink, Channel, ClientCall } from "../src/index.ts";
import { ChannelError, Metadata, Status } from "../src/index.ts";
import { Bench } from "./support/bench.ts";
import { answered, createStub, ECHO, type EchoStub, stubOf } from "./support/grpc-js-stub.ts";

/** A channel whose calls bring what the test says; `onStart` does so while a call starts. */
class ScriptedChannel implements Pick<Channel, "call" | "connectivity"> {
  readonly connectivity = "ready";
  readonly target = { name: "scripted" };
  readonly sinks: CallSink[] = [];
  readonly onStart: ((sink: CallSink) => void) | undefined;

  constructor(onStart?: (sink: CallSink) => void) {
    this.onStart = onStart;
  }

  snapshot(): object {
    return {};
  }

  call(_method: unknown, _options: unknown, sink: CallSink): ClientCall {
    this.sinks.push(sink);
    return {
      peer: undefined,
      start: () => this.onStart?.(sink),
      send: () => true,
      halfClose() {},
      cancel() {},
      pause() {},
      resume() {},
    };
  }
}

/** All of a response with this message in one turn. */
function answer(sink: CallSink | undefined, message = "a"): void {
  sink?.onHeaders(Metadata.empty);
  sink?.onMessage(Buffer.from(message));
  sink?.onEnd(undefined, Metadata.empty);
}

function scripted(
  onStart?: (sink: CallSink) => void,
  options?: GrpcJsChannelOptions,
): { stub: EchoStub; sinks: readonly CallSink[] } {
  const channel = new ScriptedChannel(onStart);
  const channelOverride = createGrpcJsChannel(channel as unknown as Channel, options);
  return { stub: createStub(grpc, { channelOverride }), sinks: channel.sinks };
}

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test("the callback of a unary call comes before the next turn, behind what else has arrived in this one", async () => {
  const { stub, sinks } = scripted();
  const events: unknown[] = [];
  const call = stub.say("hello", (error, word) => events.push(error ?? word));
  call.on("metadata", () => events.push("headers"));
  call.on("status", ({ code }) => events.push(`status ${code}`));
  stub.say("hello", (error, word) => events.push(error ?? word));
  process.nextTick(() => events.push("the next turn"));
  answer(sinks[0], "a");
  answer(sinks[1], "b");
  expect(events).toEqual(["headers"]);
  await turn();
  expect(events).toEqual(["headers", "a", "status 0", "b", "the next turn"]);
});

test("the status of a stream comes a turn after its last message, which has been handed on by then", async () => {
  const { stub, sinks } = scripted();
  const events: unknown[] = [];
  const list = stub.list("go");
  list.on("data", (word) => events.push(word));
  list.on("status", ({ code }) => events.push(`status ${code}`));
  await turn(); // the stream begins to read
  answer(sinks[0]);
  expect(events).not.toContain("status 0");
  await turn();
  await turn();
  expect(events).toEqual(["a", "status 0"]);
});

test("so does that of a stream of requests which is read before its first message", async () => {
  const { stub, sinks } = scripted();
  const events: unknown[] = [];
  const chat = stub.chat();
  chat.on("readable", () => events.push(chat.read() ?? "end"));
  chat.on("status", ({ code }) => events.push(`status ${code}`));
  chat.read();
  await turn();
  answer(sinks[0]);
  for (let i = 0; i < 3; i++) await turn();
  expect(events).toEqual(["a", "end", "status 0"]);
});

test("a stream of requests that is read first and ends without a message is no unary call: all of its messages come before the status", async () => {
  // With its definition: without one a request that ends so is held back, since an interceptor may have overtaken its message.
  const { stub, sinks } = scripted(undefined, { services: [{ ...ECHO }] });
  const events: unknown[] = [];
  const chat = stub.chat();
  chat.on("readable", () => {
    for (let word = chat.read(); word !== null; word = chat.read()) events.push(word);
  });
  chat.on("error", ({ code }: grpc.ServiceError) => events.push(`error ${code}`));
  chat.read(0);
  chat.end();
  for (let i = 0; i < 10 && sinks.length === 0; i++) await turn();
  await Promise.resolve();
  const [sink] = sinks;
  queueMicrotask(() => {
    sink?.onHeaders(Metadata.empty);
    for (const word of ["a", "b", "c"]) sink?.onMessage(Buffer.from(word));
    sink?.onEnd(new ChannelError(Status.unavailable, "gone"), Metadata.empty);
  });
  for (let i = 0; i < 10; i++) await turn();
  expect(events).toEqual(["a", "b", "c", "error 14"]);
});

test("an answer within the start of a call waits until the call has been returned", async () => {
  const early = scripted(answer);
  const order: unknown[] = [];
  early.stub.say("hello", (_error, word) => order.push(word));
  order.push("returned");
  await turn();
  expect(order).toEqual(["returned", "a"]);
});

test("a cancel within the message comes to the callback instead of the status that follows, and later", async () => {
  const { stub, sinks } = scripted();
  const events: unknown[] = [];
  const decode = (bytes: Buffer): string => {
    call.cancel();
    return bytes.toString();
  };
  const call = stub.makeUnaryRequest(ECHO.say.path, ECHO.say.requestSerialize, decode, "hello", (error) =>
    events.push(error?.code),
  );
  answer(sinks[0]);
  expect(events).toEqual([]);
  await turn();
  expect(events).toEqual([Status.cancelled]);
});

test("a callback runs in the async context of its call, and may make another call", async () => {
  const { stub, sinks } = scripted();
  const context = new AsyncLocalStorage<number>();
  const seen: unknown[] = [];
  context.run(1, () =>
    stub.say("hello", () => {
      seen.push(context.getStore());
      stub.say("again", () => seen.push(context.getStore()));
    }),
  );
  context.run(2, () => answer(sinks[0]));
  await turn();
  context.run(3, () => answer(sinks[1]));
  await turn();
  expect(seen).toEqual([1, 1]);
});

test("a callback may close its stub and throw, and the other calls of the connection go on", async () => {
  await using bench = new Bench();
  const { stub } = await stubOf(bench, { lib: grpc });
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  const listeners = process.listeners("uncaughtException").slice(0, -1);
  for (const listener of listeners) process.removeListener("uncaughtException", listener);
  try {
    const words = Array.from({ length: 20 }, (_, i) => `word ${i}`);
    const first = answered((callback) =>
      stub.say("first", (...end) => {
        callback(...end);
        stub.close();
        throw new Error("a bug of the caller");
      }),
    );
    const others = words.map((word) => answered((callback) => stub.say(word, callback)));
    expect(await first).toEqual({ error: null, answer: "first" });
    expect(await Promise.all(others)).toEqual(words.map((word) => ({ error: null, answer: word })));
    expect(await thrown).toMatchObject({ message: "a bug of the caller" });
  } finally {
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});
