// A handler sets, returns and throws values that gRPC cannot carry: its own call ends, and no other.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type ServiceError, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { RawClient, statusOf } from "./raw-client.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

type Text = MessageInitShape<typeof StringValueSchema>;
type Spoil = (context: HandlerContext) => unknown;

const failWith = (code: Code, metadata?: HeadersInit): never => {
  throw new ConnectError("no such user", code, metadata);
};

/** An action of a handler, and the status that its call ends with. */
const SPOILERS: readonly (readonly [string, Spoil, number])[] = [
  ["an accented header", ({ responseHeader }) => responseHeader.set("x-user", "café"), status.OK],
  ["an accented trailer", ({ responseTrailer }) => responseTrailer.set("x-user", "café"), status.OK],
  ["accented metadata of an error", () => failWith(Code.NotFound, { "x-user": "café" }), status.NOT_FOUND],
  [
    "a header with a name that gRPC does not allow",
    ({ responseHeader }) => responseHeader.set("x~user", "a"),
    status.OK,
  ],
  [
    "a trailer with a name that gRPC does not allow",
    ({ responseTrailer }) => responseTrailer.set("x~user", "a"),
    status.OK,
  ],
  ["a header of the connection", ({ responseHeader }) => responseHeader.set("connection", "close"), status.OK],
  ["a trailer of the connection", ({ responseTrailer }) => responseTrailer.set("upgrade", "h2c"), status.OK],
  ["a trailer of 1 MiB", ({ responseTrailer }) => responseTrailer.set("x-big", "x".repeat(2 ** 20)), status.OK],
  ["10,000 headers", ({ responseHeader }) => setMany(responseHeader), status.OK],
  [
    "an error of 10 MiB",
    () => {
      throw new ConnectError("é".repeat(5 * 2 ** 20), Code.Aborted);
    },
    status.ABORTED,
  ],
  [
    "nothing, thrown",
    () => {
      throw undefined;
    },
    status.INTERNAL,
  ],
  [
    "a symbol, thrown",
    () => {
      throw Symbol("x");
    },
    status.INTERNAL,
  ],
  [
    "an error that cannot be read",
    () => {
      throw unreadable();
    },
    status.INTERNAL,
  ],
  [
    "an error with a detail that is null",
    () => {
      throw Object.assign(new ConnectError("x"), { details: [null] });
    },
    status.UNKNOWN,
  ],
];

const codeOf = (error: ServiceError): number => error.code;

function setMany(headers: Headers): void {
  for (let at = 0; at < 10_000; at += 1) headers.set(`x-${at}`, "x".repeat(100));
}

function fail(): never {
  throw new Error("a failure of a getter or an iterator");
}

function unreadable(): Error {
  const get = fail;
  return Object.defineProperties(new Error("x"), { message: { get }, stack: { get }, name: { get } });
}

/** A server whose unary and streaming handlers run `spoil`, and whose bidirectional handler echoes. */
function serveSpoiled(spoil: Spoil): Promise<LoopbackServer> {
  const echo = service(Echo, {
    unary: (_, context) => (spoil(context), { value: "done" }),
    async *serverStream(_, context) {
      spoil(context);
      yield { value: "done" };
    },
    async *bidi(requests) {
      yield* requests;
    },
  });
  return serveOnLoopback({ services: [echo] });
}

test.for(SPOILERS)("%s: the call ends, another call of the same connection continues", async ([, spoil, code]) => {
  await using server = await serveSpoiled(spoil);
  using client = new TestClient(server.port);
  using raw = new RawClient(server.port);
  const neighbour = client.bidi(Echo.method.bidi);
  const echoes = messagesOf(neighbour);

  for (const path of ["/test.Echo/Unary", "/test.Echo/ServerStream"]) {
    const end = await raw.call(path);
    expect([statusOf(end), end.rstCode]).toEqual([code, 0]);
  }
  const expected = code === status.OK ? "done" : code;
  const answer = client.unary(Echo.method.unary, {});
  expect(await answer.then(({ response }) => response.value, codeOf)).toBe(expected);
  const first = nextOf(messagesOf(client.serverStream(Echo.method.serverStream, {})));
  expect(await first.then(({ value }) => value, codeOf)).toBe(expected);

  neighbour.write({ value: "still here" });
  expect((await nextOf(echoes)).value).toBe("still here");
  neighbour.end();
  expect((await echoes.next()).done).toBe(true);
});

test("an omitted key is logged once, without its value", async () => {
  await using server = await serveSpoiled(({ responseTrailer }) => responseTrailer.set("x-user", "café"));
  using client = new TestClient(server.port);
  for (let count = 0; count < 3; count += 1) await client.unary(Echo.method.unary, {});

  const lines = server.log.filter(({ level }) => level === "warn");
  expect(lines).toMatchObject([{ method: "/test.Echo/Unary", key: "x-user" }]);
  expect(JSON.stringify(lines)).not.toContain("café");
});

test("a message that cannot be encoded ends its call", async () => {
  const nonsense: unknown[] = [
    { value: Object.create(null) },
    Object.defineProperty({}, "value", { get: fail, enumerable: true }),
  ];
  await using server = await serveOnLoopback({
    services: [service(Echo, { unary: ({ value }) => nonsense[Number(value)] as Text })],
  });
  using client = new TestClient(server.port);

  for (const at of nonsense.keys()) {
    const error = await errorOf(client.unary(Echo.method.unary, { value: String(at) }));
    expect(error).toMatchObject({ code: status.INTERNAL, details: "internal error" });
  }
});

const BROKEN: readonly (readonly [string, () => unknown])[] = [
  ["is not iterable", () => 1],
  ["throws when it is asked to return", () => iterable({ return: fail })],
  ["returns no promise", () => iterable({ return: () => undefined })],
  ["yields rejections", () => iterable({ next: () => Promise.reject(new Error("in next")) })],
];

test.for(BROKEN)("a stream of responses that %s does not affect another call", async ([, responses]) => {
  const serverStream = responses as unknown as () => AsyncIterable<Text>;
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream, unary: (text) => text })] });
  using client = new TestClient(server.port);
  const call = client.serverStream(Echo.method.serverStream, {});
  const messages = messagesOf(call);
  await messages.next().catch(() => {});
  call.cancel();
  await messages.next().catch(() => {});

  expect((await client.unary(Echo.method.unary, { value: "served" })).response.value).toBe("served");
});

function iterable(methods: object): object {
  let sent = false;
  const next = (): Promise<unknown> => {
    if (sent) return new Promise(() => {});
    sent = true;
    return Promise.resolve({ done: false, value: { value: "a" } });
  };
  return { [Symbol.asyncIterator]: () => ({ next, ...methods }) };
}
