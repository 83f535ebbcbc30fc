// A client calls a server: the four kinds of method, and the facts that a handler gets about its call.
import { systemClock } from "@agent-team/foundation/clock";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { type HandlerContext } from "@connectrpc/connect";
import { Metadata } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { messagesOf, nextOf, TestClient, textsOf } from "./client.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

type Text = MessageInitShape<typeof StringValueSchema>;

test("a unary call answers, with the headers and trailers of the handler", async () => {
  const unary = (request: { value: string }, context: HandlerContext): Text => {
    context.responseHeader.set("x-seen", context.requestHeader.get("x-sent") ?? "");
    context.responseHeader.set("x-bytes-bin", Buffer.from([0, 1, 255]).toString("base64"));
    context.responseTrailer.set("x-after", "late");
    return { value: `echo ${request.value}` };
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);
  const metadata = new Metadata();
  metadata.set("x-sent", "hello");

  const { response, headers, trailers } = await client.unary(Echo.method.unary, { value: "a" }, { metadata });

  expect(response.value).toBe("echo a");
  expect(headers.get("x-seen")).toEqual(["hello"]);
  expect(headers.get("x-bytes-bin")).toEqual([Buffer.from([0, 1, 255])]);
  expect(trailers.get("x-after")).toEqual(["late"]);
});

test("a handler gets the time until the deadline", async () => {
  let leftMs: number | undefined;
  const unary = (_: unknown, context: HandlerContext): Text => {
    leftMs = context.timeoutMs();
    return {};
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);

  await client.unary(Echo.method.unary, {});
  expect(leftMs).toBeUndefined();
  await client.unary(Echo.method.unary, {}, { call: { deadline: systemClock.wallNow() + 60_000 } });
  expect(leftMs).toBeGreaterThan(50_000);
  expect(leftMs).toBeLessThanOrEqual(60_000);
});

test("a server stream delivers its messages in order", async () => {
  async function* serverStream({ value }: { value: string }): AsyncGenerator<Text> {
    for (const character of value) yield { value: character };
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream })] });
  using client = new TestClient(server.port);

  const stream = client.serverStream(Echo.method.serverStream, { value: "abc" });

  expect(await textsOf(stream)).toEqual(["a", "b", "c"]);
});

test("a client stream is read to its end and gets one answer", async () => {
  const clientStream = async (requests: AsyncIterable<{ value: string }>): Promise<Text> => {
    let value = "";
    for await (const request of requests) value += request.value;
    return { value };
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { clientStream })] });
  using client = new TestClient(server.port);

  const { call, response } = client.clientStream(Echo.method.clientStream);
  for (const value of ["a", "b", "c"]) call.write({ value });
  call.end();

  expect((await response).value).toBe("abc");
});

test("a bidirectional call answers while the client still writes", async () => {
  async function* bidi(requests: AsyncIterable<{ value: string }>): AsyncGenerator<Text> {
    for await (const { value } of requests) yield { value: value.toUpperCase() };
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { bidi })] });
  using client = new TestClient(server.port);

  const call = client.bidi(Echo.method.bidi);
  const messages = messagesOf(call);
  call.write({ value: "a" });
  expect((await nextOf(messages)).value).toBe("A");
  call.write({ value: "b" });
  expect((await nextOf(messages)).value).toBe("B");
  call.end();
  expect((await messages.next()).done).toBe(true);
});

test("a handler that stops reading can still answer", async () => {
  async function* bidi(requests: AsyncIterable<{ value: string }>): AsyncGenerator<Text> {
    for await (const { value } of requests) {
      yield { value };
      break;
    }
    yield { value: "still here" };
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { bidi })] });
  using client = new TestClient(server.port);

  const call = client.bidi(Echo.method.bidi);
  call.write({ value: "first" });

  expect(await textsOf(call)).toEqual(["first", "still here"]);
});

test("each call is one debug line with method, code and time, and without its content", async () => {
  const unary = (): Text => ({ value: "private answer" });
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);
  const metadata = new Metadata();
  metadata.set("authorization", "Bearer private-token");

  await client.unary(Echo.method.unary, { value: "private question" }, { metadata });

  const lines = server.log.filter(({ msg }) => msg === "call");
  expect(lines).toEqual([
    expect.objectContaining({ level: "debug", method: "/test.Echo/Unary", code: "OK", ms: expect.any(Number) }),
  ]);
  expect(JSON.stringify(server.log)).not.toContain("private");
});
