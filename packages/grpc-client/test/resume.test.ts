/**
 * A stream of responses whose server is lost after a part of it, by a client whose transport knows the method's cursor. The words of
 * the tests are messages; a cursor is a word, and a request for what follows it is "after WORD".
 */

import {
  ProcessConversationRequestSchema,
  type ProcessConversationResponse,
  WorkflowAgentService,
} from "@agent-team/contracts";
import { fromBinary } from "@bufbuild/protobuf";
import { type CallOptions, Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createConnectTransport, isMaybeProcessed, resumable } from "../src/adapters/connect.ts";
import { type Channel, type ChannelOptions, Status } from "../src/index.ts";
import type { StubCall, StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { failure, ONCE, say, withMethod } from "./support/connect-client.ts";
import { until } from "./support/until.ts";

/** Reads a turn, and keeps what it has read. */
function read(
  channel: Channel,
  options?: CallOptions,
  method: typeof ONCE = WorkflowAgentService.method.processConversation,
): { words: string[]; done: Promise<void> } {
  const turn = resumable(method, {
    cursor: ({ message }) => (message === "beat" ? undefined : message),
    withCursor: (request, cursor) => ({ ...request, message: `after ${cursor}` }),
    isTerminal: ({ message }) => message === "end",
  });
  const client = withMethod(method, createConnectTransport(channel, { resumable: [turn] }));
  const words: string[] = [];
  const consume = async (responses: AsyncIterable<ProcessConversationResponse>): Promise<void> => {
    for await (const { message } of responses) words.push(message);
  };
  return { words, done: consume(client.processConversation({ message: "hello" }, options)) };
}

/** Two servers. The first call takes the first script, the next one the second script, on whichever server it arrives. */
async function scripted(
  bench: Bench,
  scripts: readonly StubHandler[],
  options: ChannelOptions = {},
): Promise<{ channel: Channel; requests: string[]; hosts: unknown[] }> {
  const requests: string[] = [];
  const hosts: unknown[] = [];
  const handlerAt =
    (host: string): StubHandler =>
    async (call) => {
      const script = scripts[requests.length] ?? scripts.at(-1);
      requests.push("");
      const at = requests.length - 1;
      hosts.push(host);
      const [bytes] = await call.request;
      requests[at] = fromBinary(ProcessConversationRequestSchema, bytes ?? new Uint8Array()).message;
      await script?.(call);
    };
  const servers = [
    await bench.serve({ handlers: { "*": handlerAt("127.0.0.1") } }),
    await bench.serve({ host: "127.0.0.2", handlers: { "*": handlerAt("127.0.0.2") } }),
  ];
  return { channel: await bench.connect(servers, options), requests, hosts };
}

/** Sends words, and then breaks the connection. */
const breakAfter =
  (...words: string[]): StubHandler =>
  async (call) => {
    say(call, words);
    await flushed(call);
    call.stream.session?.destroy();
  };

const endAfter =
  (words: readonly string[], status: number = Status.ok): StubHandler =>
  (call) => {
    say(call, words);
    call.end(status, "the end of this attempt");
  };

/** The words are on their way: a destroyed session drops what it has not written. */
async function flushed({ stream }: StubCall): Promise<void> {
  await until(() => stream.writableLength === 0, "the words are written");
  await new Promise((resolve) => stream.session?.ping(resolve));
}

describe("the caller sees one stream", () => {
  test("when the connection is lost: another server gets the cursor of the last message", async () => {
    await using bench = new Bench();
    const scripts = [breakAfter("one", "two"), endAfter(["three", "end"])];
    const { channel, requests, hosts } = await scripted(bench, scripts);
    const { words, done } = read(channel);
    await done;
    expect(words).toEqual(["one", "two", "three", "end"]);
    expect(requests).toEqual(["hello", "after two"]);
    expect(new Set(hosts).size).toBe(2);
    expect(channel.snapshot().retryBudget).toBe(10);
    expect(bench.events.filter(({ type }) => type === "call-resumed")).toHaveLength(1);
  });

  test("when the server ends with UNAVAILABLE, or with OK before the terminal message", async () => {
    await using bench = new Bench();
    const scripts = [endAfter(["one"], Status.unavailable), endAfter(["two"]), endAfter(["end"])];
    const { channel, requests } = await scripted(bench, scripts);
    const { words, done } = read(channel);
    await done;
    expect(words).toEqual(["one", "two", "end"]);
    expect(requests).toEqual(["hello", "after one", "after two"]);
  });

  test("when the server is silent for longer than idleTimeoutMs", async () => {
    await using bench = new Bench();
    const scripts: StubHandler[] = [(call) => say(call, ["one"]), endAfter(["end"])];
    const { channel, requests } = await scripted(bench, scripts, { idleTimeoutMs: 6_000 });
    const { words, done } = read(channel);
    await until(() => words.length === 1, "the first word is there");
    bench.clock.advance(6_050);
    await done;
    expect([words, requests]).toEqual([
      ["one", "end"],
      ["hello", "after one"],
    ]);
  });

  test("when its only server is lost and no other is known yet: it goes on at the one that is found within maxWaitMs", async () => {
    await using bench = new Bench();
    const lost = await bench.serve({ handlers: { "*": (call) => say(call, ["one"]) } });
    const { words, done } = read(await bench.connect([lost]));
    let ended = false;
    const finished = done.finally(() => (ended = true));
    await until(() => words.length === 1, "the first word is there");
    await lost.kill();
    await bench.passTimeUntil(() => bench.clock.now() > 2_000 || ended, "two seconds without a server");
    const successor = await bench.serve({ host: "127.0.0.2", handlers: { "*": endAfter(["two", "end"]) } });
    bench.resolver.update([successor]);
    await bench.passTimeUntil(() => ended, "the stream ends");
    await finished;
    expect(words).toEqual(["one", "two", "end"]);
  });

  test("when a message without a cursor came last: the one before it counts", async () => {
    await using bench = new Bench();
    const { channel, requests } = await scripted(bench, [breakAfter("one", "beat"), endAfter(["end"])]);
    const { words, done } = read(channel);
    await done;
    expect(words).toEqual(["one", "beat", "end"]);
    expect(requests).toEqual(["hello", "after one"]);
  });

  test("when no message with a cursor has come: an idempotent method begins again", async () => {
    await using bench = new Bench();
    const { channel, requests } = await scripted(bench, [breakAfter("beat"), endAfter(["one", "end"])]);
    const { words, done } = read(channel);
    await done;
    expect(words).toEqual(["beat", "one", "end"]);
    expect(requests).toEqual(["hello", "hello"]);
  });

  test("when the connection is lost after the terminal message: nothing is missing", async () => {
    await using bench = new Bench();
    const { channel, requests } = await scripted(bench, [breakAfter("one", "end")]);
    const { words, done } = read(channel);
    await done;
    expect([words, requests]).toEqual([["one", "end"], ["hello"]]);
  });
});

describe("the failure surfaces", () => {
  test("with UNAVAILABLE of the server behind the terminal message", async () => {
    await using bench = new Bench();
    const { channel, requests } = await scripted(bench, [endAfter(["one", "end"], Status.unavailable)]);
    const { words, done } = read(channel);
    expect((await failure(done)).code).toBe(Code.Unavailable);
    expect([words, requests]).toEqual([["one", "end"], ["hello"]]);
  });

  test("with any other status of the server", async () => {
    await using bench = new Bench();
    const { channel, requests } = await scripted(bench, [endAfter(["one"], Status.notFound)]);
    const { words, done } = read(channel);
    expect((await failure(done)).code).toBe(Code.NotFound);
    expect([words, requests]).toEqual([["one"], ["hello"]]);
  });

  test("when no other server is found within maxWaitMs after its only one was lost", async () => {
    await using bench = new Bench();
    const lost = await bench.serve({ handlers: { "*": (call) => say(call, ["one"]) } });
    const { words, done } = read(await bench.connect([lost]));
    let ended = false;
    const failed = failure(done).finally(() => (ended = true));
    await until(() => words.length === 1, "the first word is there");
    await lost.kill();
    await bench.passTimeUntil(() => ended, "the stream ends");
    expect((await failed).code).toBe(Code.Unavailable);
    expect((await failed).message).toContain("no endpoint within 3000 ms");
  });

  test("before a message with a cursor, when the method is not idempotent", async () => {
    await using bench = new Bench();
    const { channel, requests } = await scripted(bench, [breakAfter("beat")]);
    const error = await failure(read(channel, {}, ONCE).done);
    expect([error.code, isMaybeProcessed(error)]).toEqual([Code.Unavailable, true]);
    expect(requests).toEqual(["hello"]);
  });

  test("when the retry budget is empty: each attempt without a message costs a token, and waits", async () => {
    await using bench = new Bench();
    const scripts = [endAfter(["one"], Status.unavailable), endAfter([], Status.unavailable)];
    const { channel, requests } = await scripted(bench, scripts);
    const { words, done } = read(channel);
    let ended = false;
    const failed = failure(done).finally(() => (ended = true));
    await bench.passTimeUntil(() => ended, "the stream ends");
    expect((await failed).code).toBe(Code.Unavailable);
    expect(words).toEqual(["one"]);
    // The first one, the free one after its message, and ten for tokens.
    expect(requests).toHaveLength(12);
    expect(bench.clock.now()).toBeGreaterThan(1_000);
    expect(channel.snapshot().retryBudget).toBe(0);
  });

  test("at the deadline of the whole call", async () => {
    await using bench = new Bench();
    const scripts: StubHandler[] = [breakAfter("one"), () => {}];
    const { channel, requests } = await scripted(bench, scripts);
    const { done } = read(channel, { timeoutMs: 5_000 });
    const failed = failure(done);
    await until(() => requests[1] === "after one", "the second attempt is there");
    bench.clock.advance(5_020);
    expect((await failed).code).toBe(Code.DeadlineExceeded);
  });
});
