// What gRPC over HTTP/2 asks of a server beyond ordinary calls: encodings, the number of requests, clients that stop half-way.
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { Code, type HandlerContext } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { closed, RawClient, type RawEnd, statusOf } from "./raw-client.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

/** A StringValue with so many letters, encoded by hand; below 128. */
const text = (letters: number): Buffer => Buffer.concat([Buffer.of(0x0a, letters), Buffer.alloc(letters, "x")]);

function framed(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const lengths = service(Echo, {
  unary: ({ value }) => ({ value: String(value.length) }),
  async clientStream(requests) {
    let count = 0;
    for await (const _ of requests) count += 1;
    return { value: String(count) };
  },
});

interface Answer extends RawEnd {
  readonly body: Buffer;
}

async function send(
  client: RawClient,
  path: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const stream = client.open(path, headers);
  let [first, trailers]: IncomingHttpHeaders[] = [{}, {}];
  stream.on("response", (received) => (first = received));
  stream.on("trailers", (received) => (trailers = received));
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.end(body);
  await closed(stream);
  return { headers: first ?? {}, trailers: trailers ?? {}, rstCode: stream.rstCode ?? 0, body: Buffer.concat(parts) };
}

const messageOf = ({ headers, trailers }: RawEnd): string =>
  decodeURIComponent(String(trailers["grpc-message"] ?? headers["grpc-message"]));

test("a request in gzip is inflated, and the response names the encodings that are read", async () => {
  await using server = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  const answer = await send(client, "/test.Echo/Unary", framed(gzipSync(text(100)), 1), { "grpc-encoding": "gzip" });
  expect([statusOf(answer), answer.body.subarray(7).toString()]).toEqual([status.OK, "100"]);
  expect(answer.headers["grpc-accept-encoding"]).toBe("identity,gzip");
});

test.for([
  ["a gzip bomb", framed(gzipSync(Buffer.alloc(64 << 20)), 1), { "grpc-encoding": "gzip" }, status.RESOURCE_EXHAUSTED],
  ["a length above 4 MiB", Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), {}, status.RESOURCE_EXHAUSTED],
  ["bytes that are not gzip", framed(text(3), 1), { "grpc-encoding": "gzip" }, status.INTERNAL],
  ["a compressed message without an encoding", framed(gzipSync(text(3)), 1), {}, status.INTERNAL],
  ["an unknown encoding", framed(text(3)), { "grpc-encoding": "snappy" }, status.UNIMPLEMENTED],
  ["a flag of 2", framed(text(3), 2), {}, status.INTERNAL],
  ["no message", Buffer.alloc(0), {}, status.UNIMPLEMENTED],
  [
    "two messages for a method that takes one",
    Buffer.concat([framed(text(1)), framed(text(2))]),
    {},
    status.UNIMPLEMENTED,
  ],
  ["half a message", framed(text(100)).subarray(0, 50), {}, status.INTERNAL],
  ["half a prefix", Buffer.alloc(3), {}, status.INTERNAL],
] as const)("%s: the call ends with its status, and the connection goes on", async ([, body, headers, code]) => {
  await using server = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  const answer = await send(client, "/test.Echo/Unary", body, headers);
  expect([statusOf(answer), answer.rstCode]).toEqual([code, 0]);
  expect(messageOf(answer)).not.toBe("undefined");
  expect(statusOf(await client.call("/test.Echo/Unary"))).toBe(status.OK);
});

test("an unknown encoding is answered with those that are known", async () => {
  await using server = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  const { headers } = await client.call("/test.Echo/Unary", { "grpc-encoding": "snappy" });
  expect(headers["grpc-accept-encoding"]).toBe("identity,gzip");
});

test("a stream of requests may have none", async () => {
  await using server = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  expect((await send(client, "/test.Echo/ClientStream", Buffer.alloc(0))).body.subarray(7).toString()).toBe("0");
});

test("a request that waits for 100-continue is answered 417", async () => {
  await using server = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  const stream = client.open("/test.Echo/Unary", { expect: "100-continue" });
  const [headers] = (await once(stream, "response")) as [object];
  expect(headers).toMatchObject({ ":status": 417 });
});

test("an error in the code around handlers resets its call, and is logged", async () => {
  const broken = service(Echo, { unary: (request) => request });
  Object.defineProperty(broken.methods[0], "method", {
    get() {
      throw new Error("a defect of the server");
    },
  });
  const routes = serveOnLoopback({ services: [broken] });
  await expect(routes).rejects.toThrow("a defect of the server"); // at the start, and not in a call
});

test("a client that sends more than its handler reads is held back", async () => {
  const released = Promise.withResolvers<void>();
  const slow = service(Echo, {
    async clientStream(requests) {
      let bytes = 0;
      await released.promise;
      for await (const { value } of requests) bytes += value.length;
      return { value: String(bytes) };
    },
  });
  await using server = await serveOnLoopback({ services: [slow] });
  using client = new RawClient(server.port);
  const stream = client.open("/test.Echo/ClientStream");
  const chunk = framed(Buffer.concat([Buffer.of(0x0a, 0xff, 0xff, 0x03), Buffer.alloc(65_535, "x")]));
  const answered = once(stream, "data");
  for (let i = 0; i < 400; i += 1) stream.write(chunk);
  stream.end();
  await vi.waitFor(() => expect(client.session.state.outboundQueueSize).toBeGreaterThanOrEqual(0));
  // 25 MiB are on their way, and the server has taken a window of them.
  expect(stream.writableLength).toBeGreaterThan(10 << 20);
  released.resolve();
  const [answer] = (await answered) as [Buffer];
  expect(answer.subarray(7).toString()).toBe(String(400 * 65_535));
});

test("the handler's requests end with an error when the client cancels", async () => {
  const seen = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<void>();
  const reading = service(Echo, {
    async clientStream(requests, { signal }: HandlerContext) {
      try {
        for await (const _ of requests) started.resolve();
      } catch (error) {
        seen.resolve([error, signal.reason]);
      }
      return {};
    },
  });
  await using server = await serveOnLoopback({ services: [reading] });
  using client = new TestClient(server.port);
  const { call, response } = client.clientStream(Echo.method.clientStream);
  call.write({ value: "first" });
  await started.promise;
  call.cancel();
  expect(await errorOf(response)).toMatchObject({ code: status.CANCELLED });
  expect(await seen.promise).toMatchObject([{ code: Code.Canceled }, { code: Code.Canceled }]);
});

test("GOAWAY at the end of a server comes twice: first for no stream, then for those above the last one", async () => {
  const server: LoopbackServer = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  const goaways: number[] = [];
  client.session.on("goaway", (_code, lastStreamId) => goaways.push(lastStreamId));
  const stream = client.open("/test.Echo/ClientStream");
  stream.write(framed(text(1)));
  await client.call("/test.Echo/Unary");
  const drained = server.drain();
  await vi.waitFor(() => expect(goaways).toEqual([2 ** 31 - 1, 3]), 30_000);
  stream.resume().end();
  await drained;
});

async function metricOf(server: LoopbackServer, limit: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${server.sidePort}/metrics`)).text();
  return Number(new RegExp(`^grpc_server_limited_total\\{limit="${limit}"\\} (\\d+)$`, "m").exec(metrics)?.[1]);
}

test("a peer that sends half of a preface loses its connection after 10 s, and it is counted and logged", async () => {
  const clock = new FakeClock();
  await using server = await serveOnLoopback({ services: [lengths], clock });
  const peer = connect(server.port, "127.0.0.1");
  peer.on("error", () => {}); // a reset is an end, too
  peer.write("PRI * HTTP/2.0\r\n");
  await once(peer, "data"); // the server's SETTINGS
  clock.advance(9_999);
  expect(peer.closed).toBe(false);
  const closing = new Promise((resolve) => peer.once("close", resolve));
  clock.advance(1);
  await closing;
  expect(await metricOf(server, "handshake")).toBe(1);
  expect(server.log).toContainEqual(expect.objectContaining({ level: "warn", limit: "handshake" }));
});

test("a request that does not come whole within a minute ends its call; a stream of requests goes on", async () => {
  const clock = new FakeClock();
  await using server = await serveOnLoopback({ services: [lengths], clock });
  using client = new RawClient(server.port);
  const slow = client.open("/test.Echo/Unary");
  const streaming = client.open("/test.Echo/ClientStream");
  slow.write(Buffer.alloc(3));
  streaming.write(framed(text(1)));
  expect(statusOf(await client.call("/test.Echo/Unary"))).toBe(status.OK); // both have come
  const headers = once(slow, "response");
  for (let second = 0; second < 65; second += 5) clock.advance(5_000);
  expect((await headers)[0]).toMatchObject({ "grpc-status": String(status.DEADLINE_EXCEEDED) });
  expect([await metricOf(server, "slow-request"), streaming.closed]).toEqual([1, false]);
});

test("header lists above the limit are counted", async () => {
  await using server = await serveOnLoopback({ services: [lengths] });
  using client = new RawClient(server.port);
  await client.call("/test.Echo/Unary");
  await client.call("/test.Echo/Unary", { "x-big": "x".repeat(20_000) });
  expect(await metricOf(server, "header-list")).toBe(1);
});

test("the deadline of a call whose client does not read ends the call for its client, too", async () => {
  const filling = service(Echo, {
    async *serverStream() {
      for (;;) yield { value: "x".repeat(64 * 1024) };
    },
  });
  await using server = await serveOnLoopback({ services: [filling] });
  using client = new RawClient(server.port);
  const stream = client.open("/test.Echo/ServerStream", { "grpc-timeout": "300m" });
  stream.end(framed(text(1)));
  // Nothing is read.
  expect((await once(stream, "trailers"))[0]).toMatchObject({ "grpc-status": String(status.DEADLINE_EXCEEDED) });
});
