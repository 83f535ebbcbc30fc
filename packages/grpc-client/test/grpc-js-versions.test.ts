/**
 * A service keeps its stubs and changes one line: their channel. What stubs of grpc-js rely on is the same in every version that
 * the adapter names, so one suite runs with each.
 */

import * as v14 from "@grpc/grpc-js";
import * as v8 from "grpc-js-1.8";
import * as v10 from "grpc-js-1.10";
import * as v12 from "grpc-js-1.12";
import * as v13 from "grpc-js-1.13";
import { describe, expect, test } from "vitest";
import { isChannelError, Status } from "../src/index.ts";
import type { StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { answered, collected, ECHO, type GrpcJs, stubOf } from "./support/grpc-js-stub.ts";

// To TypeScript the classes of two versions differ, since they have private members.
const VERSIONS: readonly (readonly [string, GrpcJs])[] = [
  ["1.8.22", v8 as unknown as GrpcJs],
  ["1.10.11", v10 as unknown as GrpcJs],
  ["1.12.6", v12 as unknown as GrpcJs],
  ["1.13.4", v13 as unknown as GrpcJs],
  ["1.14.7", v14],
];

describe.each(VERSIONS)("stubs of grpc-js %s", (_version, lib) => {
  test("unary: message, headers, trailers and peer", async () => {
    await using bench = new Bench();
    const { stub, server } = await stubOf(bench, { lib });
    const metadata = new lib.Metadata();
    metadata.set("x-ask", "please");
    const seen: { headers?: v14.Metadata; status?: v14.StatusObject; peer?: string } = {};
    const { error, answer } = await answered((callback) => {
      const call = stub.say("hello", metadata, {}, (...end) => {
        seen.peer = call.getPeer();
        // The status event follows the callback.
        call.on("status", () => callback(...end));
      });
      call.on("metadata", (headers: v14.Metadata) => (seen.headers = headers));
      call.on("status", (status: v14.StatusObject) => (seen.status = status));
    });
    expect([error, answer]).toEqual([null, "hello"]);
    expect(seen.headers).toBeInstanceOf(lib.Metadata);
    expect(seen.headers?.get("x-header")).toEqual(["please"]);
    expect(seen.status?.metadata).toBeInstanceOf(lib.Metadata);
    expect(seen.status?.metadata.get("x-trailer")).toEqual(["7"]);
    expect(seen.status?.metadata.get("x-trailer-bin")).toEqual([Buffer.of(1, 2, 3)]);
    expect(seen.peer).toBe(server.address);
  });

  test("server stream, client stream, and both", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const list = await collected(stub.list("a b c"));
    expect([list.words, list.status.code]).toEqual([["a", "b", "c"], Status.ok]);

    const joined = await answered((callback) => {
      const join = stub.join(callback);
      for (const word of ["x", "y", "z"]) join.write(word);
      join.end();
    });
    expect(joined).toEqual({ error: null, answer: "x y z" });

    const chat = stub.chat();
    const ended = collected(chat);
    const words: string[] = [];
    chat.on("data", (word: string) => {
      words.push(word);
      // The answer to one message comes before the next is sent.
      if (words.length < 3) chat.write(`${word}!`);
      else chat.end();
    });
    chat.write("hi");
    expect((await ended).status.code).toBe(Status.ok);
    expect(words).toEqual(["hi", "hi!", "hi!!"]);
  });

  test("an error has its code, its details and its trailers", async () => {
    await using bench = new Bench();
    const fail = (call: StubCall): void =>
      call.end(Status.notFound, "no ö here", { "x-reason": "gone", "grpc-status-details-bin": "CAU" });
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.say.path]: fail, [ECHO.list.path]: fail } });
    const { error } = await answered((callback) => stub.say("hello", callback));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: Status.notFound, details: "no ö here" });
    expect(error?.message).toBe("5 NOT_FOUND: no ö here");
    expect(error?.metadata).toBeInstanceOf(lib.Metadata);
    expect(error?.metadata.get("x-reason")).toEqual(["gone"]);
    expect(error?.metadata.get("grpc-status-details-bin")).toEqual([Buffer.of(8, 5)]);
    expect(isChannelError(error?.cause)).toBe(true);
    expect((await collected(stub.list("a"))).status.code).toBe(Status.notFound);
  });

  test("a deadline ends a call, and one that has passed at once", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.say.path]: served.resolve } });
    // oxlint-disable-next-line no-restricted-globals -- converts the time of a given clock, and reads no clock
    const deadline = new Date(bench.clock.wallNow() + 500);
    const call = answered((callback) => stub.say("hello", new lib.Metadata(), { deadline }, callback));
    expect((await served.promise).headers["grpc-timeout"]).toMatch(/^\d+m$/);
    bench.clock.advance(1_000);
    expect((await call).error).toMatchObject({ code: Status.deadlineExceeded });
    const late = await answered((callback) => stub.say("hello", new lib.Metadata(), { deadline }, callback));
    expect(late.error).toMatchObject({ code: Status.deadlineExceeded });
  });

  test("cancel ends a call at once, and the server sees it", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const { stub } = await stubOf(bench, { lib, handlers: { [ECHO.chat.path]: served.resolve } });
    const chat = stub.chat();
    const ended = collected(chat);
    chat.write("hi");
    const { closed } = await served.promise;
    chat.cancel();
    expect((await ended).status).toMatchObject({ code: Status.cancelled, details: "Cancelled on client" });
    expect(await closed).toBe(0x8);
  });

  test("interceptors see a call and change it", async () => {
    await using bench = new Bench();
    const seen: string[] = [];
    const interceptor: v14.Interceptor = (options, nextCall) =>
      new lib.InterceptingCall(nextCall(options), {
        start(metadata, _listener, next) {
          metadata.set("x-ask", "intercepted");
          next(metadata, {
            onReceiveMetadata(headers, nextHeaders) {
              seen.push(`headers ${String(headers.get("x-header"))}`);
              nextHeaders(headers);
            },
            onReceiveMessage(message, nextMessage) {
              seen.push(`message ${message}`);
              nextMessage(`${message}?`);
            },
            onReceiveStatus(status, nextStatus) {
              seen.push(`status ${status.code}`);
              nextStatus(status);
            },
          });
        },
        sendMessage: (message, next) => next(`${message}!`),
      });
    const { stub } = await stubOf(bench, { lib, client: { interceptors: [interceptor] } });
    expect(await answered((callback) => stub.say("hello", callback))).toEqual({ error: null, answer: "hello!?" });
    expect(seen).toEqual(["headers intercepted", "message hello!", "status 0"]);
  });

  test.each([
    ["start", true, false],
    ["sendMessage", false, true],
    ["both", true, true],
  ])("an interceptor that delays %s", async (_what, delaysStart, delaysMessage) => {
    await using bench = new Bench();
    const delayed: (() => void)[] = [];
    const interceptor: v14.Interceptor = (options, nextCall) =>
      new lib.InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) =>
          delaysStart ? delayed.push(() => next(metadata, listener)) : next(metadata, listener),
        sendMessage: (message, next) => (delaysMessage ? delayed.push(() => next(message)) : next(message)),
      });
    const { stub } = await stubOf(bench, { lib, client: { interceptors: [interceptor] } });
    const say = answered((callback) => stub.say("hello", callback));
    const list = collected(stub.list("a b"));
    // In their order, and each in a turn of its own: with both, the end of the request overtakes its message.
    while (delayed.length > 0) {
      delayed.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await say).toEqual({ error: null, answer: "hello" });
    expect((await list).words).toEqual(["a", "b"]);
  });

  test("large messages pass, and one above the limit ends its call", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib, adapter: { maxSendMessageBytes: 1 << 20 } });
    const large = "x".repeat(1 << 20);
    const { answer } = await answered((callback) => stub.say(large, callback));
    expect(answer === large).toBe(true);
    const { error } = await answered((callback) => stub.say(`${large}x`, callback));
    expect(error).toMatchObject({ code: Status.resourceExhausted, details: expect.stringContaining("1048576") });
  });

  test("waitForReady of a client, the state of its channel, and its end", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const ready = await new Promise((resolve) => stub.waitForReady(bench.clock.wallNow() + 1_000, resolve));
    expect(ready).toBeUndefined();
    const channel = stub.getChannel();
    expect(channel.getConnectivityState(false)).toBe(2);
    stub.close();
    expect(channel.getConnectivityState(false)).toBe(4);
    expect(() => stub.say("hello", () => {})).toThrow("shut down");
    const closed = await new Promise((resolve) => stub.waitForReady(bench.clock.wallNow() + 1_000, resolve));
    expect(closed).toMatchObject({ message: "The channel has been closed" });
  });

  test("credentials of a call add metadata", async () => {
    await using bench = new Bench();
    const { stub } = await stubOf(bench, { lib });
    const urls: string[] = [];
    const credentials = lib.credentials.createFromMetadataGenerator(({ service_url }, callback) => {
      urls.push(service_url);
      const metadata = new lib.Metadata();
      metadata.set("x-ask", "a token");
      setImmediate(() => callback(null, metadata));
    });
    const headers = new Promise<v14.Metadata>((resolve) => {
      stub.say("hello", new lib.Metadata(), { credentials }, () => {}).on("metadata", resolve);
    });
    expect((await headers).get("x-header")).toEqual(["a token"]);
    expect(urls).toEqual(["https://workflow-agent/test.Echo"]);
  });
});
