/**
 * Calls by Connect-ES that do not run to their end: they time out, are aborted, are left by their reader or writer, or are faster
 * than the other side.
 */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { GetConversationRequestSchema, WorkflowAgentService } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { cancelOnLeave, createConnectTransport } from "../src/adapters/connect.ts";
import { type Channel, ChannelError, Status } from "../src/index.ts";
import { type StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { agent, asRequests, collect, connect, failure, inFlight, say, words } from "./support/connect-client.ts";
import { JOIN, unary } from "./support/typed-server.ts";
import { turns, until } from "./support/until.ts";

const { getConversation, processConversation } = WorkflowAgentService.method;

describe("time and cancellation", () => {
  test("timeoutMs becomes grpc-timeout and ends the call", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const client = agent(await connect(bench, served.resolve));
    const failed = failure(client.getConversation({}, { timeoutMs: 250 }));
    expect((await served.promise).headers["grpc-timeout"]).toBe("250m");
    bench.clock.advance(270);
    expect((await failed).code).toBe(Code.DeadlineExceeded);
  });

  test("the transport's default timeout is for calls without one, and a timeout of 0 removes it", async () => {
    await using bench = new Bench();
    const timeouts: unknown[] = [];
    const channel = await connect(bench, async (call) => {
      timeouts.push(call.headers["grpc-timeout"]);
      await call.request;
      call.send(new Uint8Array());
      call.end();
    });
    const client = createClient(WorkflowAgentService, createConnectTransport(channel, { defaultTimeoutMs: 9_000 }));
    await client.getConversation({});
    await client.getConversation({}, { timeoutMs: 0 });
    await collect(client.processConversation({}, { timeoutMs: 0 }));
    expect(timeouts).toEqual(["9000m", undefined, undefined]);
  });

  test.each([
    ["a unary call", (channel: Channel, signal: AbortSignal) => agent(channel).getConversation({}, { signal })],
    [
      "a stream",
      (channel: Channel, signal: AbortSignal) => collect(agent(channel).processConversation({}, { signal })),
    ],
  ])("an abort ends %s as cancelled, and resets its stream", async (_, start) => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, served.resolve);
    const controller = new AbortController();
    const failed = failure(start(channel, controller.signal));
    const { closed } = await served.promise;
    controller.abort(new Error("never mind"));
    const error = await failed;
    expect(error.message).toBe("[canceled] never mind");
    expect(error.cause).toMatchObject({ message: "never mind" });
    expect(await closed).toBe(0x8);
  });

  // As in Connect's own transports, the caller gets the reason of its signal.
  const late = new ConnectError("the inbound deadline has passed", Code.DeadlineExceeded);
  test.each<[string, unknown, string, unknown]>([
    ["an error of Connect's, which is thrown itself", late, late.message, undefined],
    [
      "an error of the channel's, with its code",
      new ChannelError(Status.resourceExhausted, "enough"),
      "[resource_exhausted] enough",
      expect.objectContaining({ name: "ChannelError" }),
    ],
    ["a text", "enough", "[canceled] enough", "enough"],
    ["none", undefined, "[canceled] This operation was aborted", expect.objectContaining({ name: "AbortError" })],
    [
      "the one of AbortSignal.timeout",
      new DOMException("too late", "TimeoutError"),
      "[canceled] too late",
      expect.objectContaining({ name: "TimeoutError" }),
    ],
  ])("the reason of an abort is kept: %s", async (_, reason, message, cause) => {
    await using bench = new Bench();
    const server = await bench.serve({ handlers: { "*": () => {} } });
    const client = agent(await bench.connect([server]));
    const controller = new AbortController();
    const { signal } = controller;
    const start = () => [
      failure(client.getConversation({}, { signal })),
      failure(collect(client.processConversation({}, { signal }))),
    ];
    const running = start();
    await until(() => server.calls === 2, "both arrive");
    controller.abort(reason);
    for (const error of await Promise.all([...running, ...start()])) {
      expect(error.message).toBe(message);
      expect(error.cause).toEqual(cause);
      if (reason === late) expect(error).toBe(late);
    }
    expect(server.calls).toBe(2);
  });

  test("with a signal that is aborted already nothing is sent", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const client = agent(await bench.connect([server]));
    const signal = AbortSignal.abort();
    for (const call of [client.getConversation({}, { signal }), collect(client.processConversation({}, { signal }))]) {
      expect((await failure(call)).code).toBe(Code.Canceled);
    }
    expect(server.calls).toBe(0);
  });

  test("an abort before a stream's first message prevents the call", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const channel = await bench.connect([server]);
    const controller = new AbortController();
    const input = Promise.withResolvers<{ message: string }>();
    async function* slow() {
      yield await input.promise;
    }
    const transport = createConnectTransport(channel);
    const failed = failure(transport.stream(processConversation, controller.signal, undefined, {}, slow()));
    controller.abort();
    expect((await failed).code).toBe(Code.Canceled);
    input.resolve({ message: "too late" });
    await turns(50);
    expect(server.calls).toBe(0);
    expect(inFlight(channel)).toBe(0);
  });

  test("after the call the signal has no listener", async () => {
    await using bench = new Bench();
    const channel = await connect(
      bench,
      unary(getConversation, () => ({})),
    );
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    await createConnectTransport(channel).unary(
      getConversation,
      signal,
      undefined,
      {},
      create(GetConversationRequestSchema),
    );
    expect(listeners).toBe(0);
  });
});

describe("streams that are not read or written to the end", () => {
  // A process with --expose-gc. Its exit code covers its own assertions; these cover its output.
  test("a stream without a reference is cancelled when it is collected, and a referenced one continues", async () => {
    const program = fileURLToPath(new URL("./support/drop-a-stream.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, "--expose-gc", program]);
    expect(JSON.parse(stdout)).toEqual({ before: 2, resetWith: 0x8, keptEnded: false, second: "second", after: 1 });
  });

  test.each<[string, (seen: string[]) => Promise<void>]>([
    ["break", () => Promise.resolve()],
    ["an error in the loop", () => Promise.reject(new Error("no more"))],
  ])("with cancelOnLeave, leaving the loop by %s cancels the call at once", async (how, inLoop) => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, (call) => {
      served.resolve(call);
      say(call, ["a", "b"]);
    });
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { message } of cancelOnLeave((signal) => agent(channel).processConversation({}, { signal }))) {
        seen.push(message);
        await inLoop(seen);
        break;
      }
    };
    await read().catch((error: Error) => expect(error.message, how).toBe("no more"));
    expect(seen).toEqual(["a"]);
    expect(inFlight(channel)).toBe(0);
    expect(await (await served.promise).closed).toBe(0x8);
  });

  test("with cancelOnLeave, a stream that is read to the end behaves as without, and the caller's signal still ends it", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, (call) => {
      say(call, ["a", "b"]);
      if (call.headers["x-end"] !== undefined) call.end();
    });
    const controller = new AbortController();
    const open = (headers: HeadersInit) =>
      cancelOnLeave((signal) => agent(channel).processConversation({}, { signal, headers }), controller.signal);
    expect((await collect(open({ "x-end": "1" }))).map(({ message }) => message)).toEqual(["a", "b"]);
    const reason = new ConnectError("out of time", Code.DeadlineExceeded);
    const reading = failure(collect(open({})));
    await until(() => inFlight(channel) === 1, "the stream is open");
    controller.abort(reason);
    expect(await reading).toBe(reason);
  });

  // By the transport: its iterable has `return`, and that of Connect's client does not.
  test("a reader that leaves early cancels the server", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, (call) => {
      served.resolve(call);
      say(call, ["a", "b"]);
    });
    const transport = createConnectTransport(channel);
    const request = asRequests(words("hello"));
    const answer = await transport.stream(processConversation, undefined, undefined, {}, request);
    for await (const { message } of answer.message) {
      expect(message).toBe("a");
      break;
    }
    expect(await (await served.promise).closed).toBe(0x8);
    expect(inFlight(channel)).toBe(0);
  });

  test("a slow reader slows the server down, and the waiting bytes are bounded", async () => {
    await using bench = new Bench();
    const word = "x".repeat(16 * 1_024);
    const count = 4_000; // 64 MiB
    let served: StubCall | undefined;
    const channel = await connect(bench, (call) => {
      served = call;
      say(call, new Array<string>(count).fill(word));
      call.end();
    });
    const answer = agent(channel).processConversation({})[Symbol.asyncIterator]();
    await answer.next();
    await turns(500);
    // The server still holds all bytes beyond the flow-control windows that the client granted.
    expect(served?.stream.writableLength).toBeGreaterThan(count * word.length - (4 << 20));
    let received = 1;
    while (!(await answer.next()).done) received++;
    expect(received).toBe(count);
  });

  test("a server that does not read slows a fast writer down", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, (call) => void call.stream.pause());
    let yielded = 0;
    async function* endless() {
      for (;;) {
        yielded++;
        yield { value: "x".repeat(64 * 1_024) };
      }
    }
    const controller = new AbortController();
    const failed = failure(createConnectTransport(channel).stream(JOIN, controller.signal, undefined, {}, endless()));
    await until(() => yielded > 1, "the first messages");
    await turns(500);
    const heldAt = yielded;
    await turns(500);
    expect(yielded).toBe(heldAt);
    controller.abort();
    expect((await failed).code).toBe(Code.Canceled);
  });

  test("an input that throws ends the call with that error as its cause, and resets the stream", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, served.resolve);
    const thrown = new Error("the file is gone");
    async function* broken() {
      yield { value: "a" };
      throw thrown;
    }
    const error = await failure(createConnectTransport(channel).stream(JOIN, undefined, undefined, {}, broken()));
    expect(error.rawMessage).toBe("the file is gone");
    expect(error.cause).toBe(thrown);
    expect(await (await served.promise).closed).toBe(0x8);
  });

  test("an input is closed when the call ends before it, so that it can clean up", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, (call) => call.end(Status.resourceExhausted, "enough"));
    let cleanedUp = false;
    async function* patient() {
      try {
        for (;;) {
          yield { value: "a" };
          await turns(1);
        }
      } finally {
        cleanedUp = true;
      }
    }
    const failed = failure(createConnectTransport(channel).stream(JOIN, undefined, undefined, {}, patient()));
    expect((await failed).message).toBe("[resource_exhausted] enough");
    await until(() => cleanedUp, "the input is closed");
  });

  test.each<[string, Interceptor[]]>([
    ["without interceptors", []],
    ["behind an interceptor", [(next) => next]],
  ])("an input without a message yet is closed once when the call ends, %s", async (_, interceptors) => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, served.resolve);
    const controller = new AbortController();
    let returns = 0;
    const silent: AsyncIterable<{ value: string }> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          returns++;
          return Promise.reject(new Error("cannot be closed"));
        },
      }),
    };
    const transport = createConnectTransport(channel, { interceptors });
    const failed = failure(transport.stream(JOIN, controller.signal, undefined, {}, silent));
    await served.promise;
    expect(returns).toBe(0);
    controller.abort();
    expect((await failed).code).toBe(Code.Canceled);
    await turns(5);
    expect(returns).toBe(1);
  });

  test("two concurrent reads get their messages in order", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, served.resolve);
    const input = words("hello");
    const transport = createConnectTransport(channel);
    const responding = transport.stream(processConversation, undefined, undefined, {}, asRequests(input));
    const call = await served.promise;
    call.sendHeaders();
    const answer = (await responding).message[Symbol.asyncIterator]();
    const both = Promise.all([answer.next(), answer.next()]);
    say(call, ["one", "two"]);
    call.end();
    expect((await both).map(({ value }) => (value as { message: string }).message)).toEqual(["one", "two"]);
  });
});
