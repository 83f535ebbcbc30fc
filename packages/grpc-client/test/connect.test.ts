/**
 * The channel with clients of Connect-ES: they behave as with other transports.
 */

import {
  BadRequestSchema,
  RetryInfoSchema,
  reflection,
  StatusSchema,
  WorkflowAgentService,
} from "@agent-team/contracts";
import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Code, createClient, encodeBinaryHeader, type Interceptor } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createConnectTransport, isMaybeProcessed } from "../src/adapters/connect.ts";
import { decodeBinaries, encodeBinary, isChannelError, Status } from "../src/index.ts";
import { type StubCall, type StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { agent, collect, connect, failure, inFlight, ONCE, say, withMethod, words } from "./support/connect-client.ts";
import { bidi, JOIN, unary } from "./support/typed-server.ts";
import { until } from "./support/until.ts";

const { getConversation } = WorkflowAgentService.method;
const ReflectionInfo = reflection.ServerReflection.method.serverReflectionInfo;

test("an error says whether the server may have acted on the call", async () => {
  await using bench = new Bench();
  const handlers: StubHandler[] = [
    (call) => call.stream.session?.destroy(),
    (call) => call.end(Status.unavailable, "not now"),
  ];
  const channel = await connect(bench, (call) => handlers.shift()?.(call));
  const { processConversation } = withMethod(ONCE, createConnectTransport(channel));
  const lost = await failure(collect(processConversation({ message: "hello" })));
  expect([lost.code, isMaybeProcessed(lost)]).toEqual([Code.Unavailable, true]);
  const answer = failure(collect(processConversation({ message: "hello" })));
  const rejected = await bench.passTimeUntil(() => handlers.length === 0, "the second call arrives").then(() => answer);
  expect([rejected.code, isMaybeProcessed(rejected)]).toEqual([Code.Unavailable, false]);
  expect(isMaybeProcessed(new Error("of another library"))).toBe(false);
});

describe("all four kinds", () => {
  test("unary", async () => {
    await using bench = new Bench();
    const nextPageToken = ({ conversationId }: { conversationId: string }) => ({ nextPageToken: conversationId });
    const channel = await connect(bench, unary(getConversation, nextPageToken));
    expect(await agent(channel).getConversation({ conversationId: "test-123" })).toMatchObject({
      nextPageToken: "test-123",
    });
  });

  test("server streaming: messages arrive before the stream ends", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, served.resolve);
    const answer = agent(channel).processConversation({ message: "hello" })[Symbol.asyncIterator]();
    const first = answer.next();
    const call = await served.promise;
    say(call, ["Hello"]);
    expect((await first).value).toMatchObject({ message: "Hello" });
    say(call, ["again"]);
    expect((await answer.next()).value).toMatchObject({ message: "again" });
    call.end();
    expect(await answer.next()).toEqual({ done: true, value: undefined });
  });

  test("client streaming", async () => {
    await using bench = new Bench();
    const join: StubHandler = async (call) => {
      const words = (await call.request).map((bytes) => Buffer.from(bytes).toString("latin1").slice(2));
      call.send(toBinary(StringValueSchema, create(StringValueSchema, { value: words.join(" ") })));
      call.end();
    };
    const channel = await connect(bench, join);
    const { message } = await createConnectTransport(channel).stream(
      JOIN,
      undefined,
      undefined,
      {},
      words("a", "b", "c"),
    );
    expect(await collect(message)).toMatchObject([{ value: "a b c" }]);
  });

  test("bidirectional: the answer to one message comes before the next is sent", async () => {
    await using bench = new Bench();
    const channel = await connect(
      bench,
      bidi(ReflectionInfo, ({ host }) => ({ validHost: host })),
    );
    const client = createClient(reflection.ServerReflection, createConnectTransport(channel));
    const answered = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    async function* ask() {
      for (const [i, { promise }] of answered.entries()) {
        yield { host: `host-${i}` };
        await promise;
      }
    }
    const hosts: string[] = [];
    for await (const { validHost } of client.serverReflectionInfo(ask())) {
      hosts.push(validHost);
      answered[hosts.length - 1]?.resolve();
    }
    expect(hosts).toEqual(["host-0", "host-1"]);
  });
});

describe("headers and trailers", () => {
  test("of a unary call are sent and received", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, async (call) => {
      await call.request;
      call.sendHeaders({ "x-echo": String(call.headers["x-ask"]) });
      call.send(new Uint8Array());
      call.end(0, "", { "x-cost": "7" });
    });
    const seen: Record<string, string | null> = {};
    await agent(channel).getConversation(
      {},
      {
        headers: { "X-Ask": "please" },
        onHeader: (header) => (seen["header"] = header.get("x-echo")),
        onTrailer: (trailer) => (seen["trailer"] = trailer.get("x-cost")),
      },
    );
    expect(seen).toEqual({ header: "please", trailer: "7" });
  });

  test("of a stream: headers before the first message, trailers after the last", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, (call) => {
      call.sendHeaders({ "x-turn": "t1" });
      say(call, ["a"]);
      call.end(0, "", { "x-cost": "7" });
    });
    const order: string[] = [];
    const options: CallOptions = {
      onHeader: (header) => order.push(`header ${header.get("x-turn")}`),
      onTrailer: (trailer) => order.push(`trailer ${trailer.get("x-cost")}`),
    };
    for await (const { message } of agent(channel).processConversation({}, options)) order.push(message);
    expect(order).toEqual(["header t1", "a", "trailer 7"]);
  });

  test("a header that gRPC cannot carry is a ConnectError, and nothing is sent", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, () => {});
    const error = await failure(agent(channel).getConversation({}, { headers: { "x-name": "Zoë" } }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain('metadata "x-name"');
    const stream = agent(channel).processConversation({}, { headers: { "x-name": "Zoë" } });
    expect((await failure(collect(stream))).code).toBe(Code.InvalidArgument);
    expect(channel.snapshot().waitingCalls).toBe(0);
  });
});

describe("an input that gRPC cannot carry is invalid_argument, and nothing is sent", () => {
  const passOn: Interceptor = (next) => (request) => next(request);
  const cases: [name: string, options: CallOptions, message: string][] = [
    ["a timeout that is no number", { timeoutMs: Number.NaN }, "timeoutMs: expected milliseconds"],
    ["a timeout beyond all numbers", { timeoutMs: 1e300 }, "timeoutMs: expected milliseconds"],
    ["a name that is invalid", { headers: { "a b": "c" } }, ""],
    ["a line break", { headers: { tag: "a\r\nb: c" } }, ""],
    ["bytes that are not base64", { headers: { "trace-bin": "grüezi" } }, 'metadata "trace-bin"'],
    ["headers that are none", { headers: "tag" as unknown as HeadersInit }, ""],
  ];

  test.each(
    cases.flatMap(([name, ...rest]) => [
      [name, "plain", [] as Interceptor[], ...rest] as const,
      [name, "behind an interceptor", [passOn] as Interceptor[], ...rest] as const,
    ]),
  )("%s, %s", async (_name, _how, interceptors, options, message) => {
    await using bench = new Bench();
    const server = await bench.serve();
    const client = agent(await bench.connect([server]), interceptors);
    for (const call of [client.getConversation({}, options), collect(client.processConversation({}, options))]) {
      const error = await failure(call);
      expect(error.code).toBe(Code.InvalidArgument);
      expect(error.rawMessage).toContain(message);
    }
    expect(server.calls).toBe(0);
  });

  test("a default timeout, when the transport is made", async () => {
    await using bench = new Bench();
    const channel = bench.open(undefined);
    expect(() => createConnectTransport(channel, { defaultTimeoutMs: Number.NaN })).toThrow(
      "[invalid_argument] defaultTimeoutMs: expected milliseconds",
    );
  });
});

test("wait-for-ready: a call waits although every endpoint has failed", async () => {
  await using bench = new Bench();
  const channel = bench.open([{ host: "127.0.0.1", port: 1 }]);
  expect((await failure(agent(channel).getConversation({}))).code).toBe(Code.Unavailable);

  const transport = createConnectTransport(channel, { waitForReady: true });
  const waiting = createClient(WorkflowAgentService, transport).getConversation({});
  const answer = unary(getConversation, () => ({ nextPageToken: "waited" }));
  bench.resolver.update([await bench.serve({ handlers: { "*": answer } })]);

  expect(await waiting).toMatchObject({ nextPageToken: "waited" });
});

describe("-bin headers", () => {
  test("several values are sent as one field each, and are received unchanged", async () => {
    await using bench = new Bench();
    let seen: readonly string[] = [];
    const channel = await connect(bench, async (call) => {
      seen = call.rawHeaders;
      await call.request;
      call.sendHeaders({ "echo-bin": "AQ==,Ag" });
      call.send(new Uint8Array());
      call.end();
    });
    const headers = new Headers();
    for (const byte of [1, 2]) headers.append("trace-bin", encodeBinaryHeader(Uint8Array.of(byte)));
    let echoed: Uint8Array[] = [];
    const onHeader = (header: Headers): void => void (echoed = decodeBinaries(header.get("echo-bin") ?? ""));
    await agent(channel).getConversation({}, { headers, onHeader });
    expect(seen.filter((_, i) => seen[i - 1] === "trace-bin")).toEqual(["AQ", "Ag"]);
    expect(echoed.map((bytes) => [...bytes])).toEqual([[1], [2]]);
  });
});

describe("errors", () => {
  const badRequest = create(BadRequestSchema, { fieldViolations: [{ field: "message", description: "empty" }] });
  const status = create(StatusSchema, {
    code: Status.invalidArgument,
    message: "bad",
    details: [anyPack(BadRequestSchema, badRequest), anyPack(RetryInfoSchema, create(RetryInfoSchema))],
  });
  const details = {
    "grpc-status-details-bin": encodeBinary(toBinary(StatusSchema, status)),
    "x-hint": "say something",
  };
  const reject: StubHandler = (call) => call.end(Status.invalidArgument, "bad", details);

  test("carry code, message, trailers and the details of google.rpc", async () => {
    await using bench = new Bench();
    const client = agent(await connect(bench, reject));
    for (const call of [client.getConversation({}), collect(client.processConversation({}))]) {
      const error = await failure(call);
      expect(error.message).toBe("[invalid_argument] bad");
      expect(error.metadata.get("x-hint")).toBe("say something");
      expect(error.findDetails(BadRequestSchema)).toEqual([badRequest]);
      expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
      expect(isChannelError(error.cause)).toBe(true);
    }
  });

  test("unreadable details leave the error unchanged", async () => {
    await using bench = new Bench();
    const broken = { "grpc-status-details-bin": encodeBinary(Uint8Array.of(0xff, 0xff, 0xff)) };
    const channel = await connect(bench, (call) => call.end(Status.notFound, "gone", broken));
    const error = await failure(agent(channel).getConversation({}));
    expect(error.message).toBe("[not_found] gone");
    expect(error.details).toEqual([]);
  });

  test("in the middle of a stream come after the messages before them", async () => {
    await using bench = new Bench();
    const channel = await connect(bench, (call) => {
      say(call, ["a", "b"]);
      call.end(Status.dataLoss, "the rest is lost");
    });
    const received: string[] = [];
    const reading = (async () => {
      for await (const { message } of agent(channel).processConversation({})) received.push(message);
    })();
    expect((await failure(reading)).message).toBe("[data_loss] the rest is lost");
    expect(received).toEqual(["a", "b"]);
  });

  test("an answer that is not the expected message is internal, and its stream is reset", async () => {
    await using bench = new Bench();
    const served = Promise.withResolvers<StubCall>();
    const channel = await connect(bench, (call) => {
      served.resolve(call);
      call.send(Uint8Array.of(0xff));
      if (call.path.endsWith("GetConversation")) call.end();
    });
    const message = "[internal] the server's answer is not a agentteam.workflow.v1.";
    expect((await failure(agent(channel).getConversation({}))).message).toContain(message);
    expect((await failure(collect(agent(channel).processConversation({})))).message).toContain(message);
    await until(() => inFlight(channel) === 0, "the stream is given up");
  });

  test("a request that cannot be encoded is a ConnectError, and nothing is sent", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const client = agent(await bench.connect([server]));
    const error = await failure(client.getConversation({ pageSize: 2 ** 40 }));
    expect(error.rawMessage).toContain("page_size");
    expect(server.calls).toBe(0);
  });
});

describe("interceptors", () => {
  test("see requests first to last and responses last to first, and may change both", async () => {
    await using bench = new Bench();
    const order: string[] = [];
    const named =
      (name: string): Interceptor =>
      (next) =>
      async (request) => {
        order.push(`${name} request ${request.method.name}`);
        request.header.set(`x-${name}`, "1");
        const response = await next(request);
        order.push(`${name} response ${response.header.get("x-seen")}`);
        return { ...response };
      };
    const channel = await connect(bench, async (call) => {
      await call.request;
      call.sendHeaders({ "x-seen": [call.headers["x-outer"], call.headers["x-inner"]].join("") });
      call.send(new Uint8Array());
      call.end(0, "", { "x-cost": "7" });
    });
    const client = agent(channel, [named("outer"), named("inner")]);
    let cost: string | null = null;
    await client.getConversation({}, { onTrailer: (trailer) => (cost = trailer.get("x-cost")) });
    expect(order).toEqual([
      "outer request GetConversation",
      "inner request GetConversation",
      "inner response 11",
      "outer response 11",
    ]);
    expect(cost).toBe("7");
    expect(await collect(client.processConversation({}))).toHaveLength(1);
    expect(order.slice(4)).toHaveLength(4);
  });

  test("see the caller's timeout and the whole message", async () => {
    await using bench = new Bench();
    const timeouts: unknown[] = [];
    const channel = await connect(
      bench,
      unary(getConversation, ({ conversationId }, call) => {
        timeouts.push(call.headers["grpc-timeout"]);
        return { nextPageToken: conversationId };
      }),
    );
    const rename: Interceptor = (next) => (request) => {
      if (!request.stream) Object.assign(request.message, { conversationId: "renamed" });
      return next(request);
    };
    const answer = await agent(channel, [rename]).getConversation({ conversationId: "c" }, { timeoutMs: 700 });
    expect(answer.nextPageToken).toBe("renamed");
    expect(timeouts).toEqual(["700m"]);
  });

  test("an error that one throws reaches the caller as a ConnectError", async () => {
    await using bench = new Bench();
    const server = await bench.serve();
    const refuse: Interceptor = () => () => Promise.reject(new Error("not today"));
    const error = await failure(agent(await bench.connect([server]), [refuse]).getConversation({}));
    expect(error.rawMessage).toBe("not today");
    expect(server.calls).toBe(0);
  });
});
