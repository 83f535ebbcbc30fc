// Answers in gzip, for clients that read it.
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http2";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { type ServeOptions, service } from "../src/index.ts";
import { messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { RawClient } from "./raw-client.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

const LARGE = "agent team ".repeat(10_000);

const handlers = service(Echo, {
  unary: (text, { responseHeader }) => {
    responseHeader.set("x-mine", "yes");
    return text;
  },
  async *serverStream({ value }) {
    yield { value: "small" };
    yield { value };
  },
});

function serveEcho(options: Partial<ServeOptions>): Promise<LoopbackServer> {
  return serveOnLoopback({ services: [handlers], ...options });
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly flag: number | undefined;
  readonly message: Buffer;
}

/** What the wire carries of one unary call. */
async function answerOf({ port }: LoopbackServer, value: string, accepted?: string): Promise<Answer> {
  using client = new RawClient(port);
  const stream = client.open("/test.Echo/Unary", { "grpc-accept-encoding": accepted });
  const message = toBinary(StringValueSchema, create(StringValueSchema, { value }));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
  const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
  const bytes = await buffer(stream);
  return { headers, flag: bytes[0], message: bytes.subarray(5) };
}

test("grpc-js reads compressed answers, small ones beside large ones", async () => {
  await using server = await serveEcho({ compression: "gzip" });
  using client = new TestClient(server.port);
  const { response, headers } = await client.unary(Echo.method.unary, { value: LARGE });
  expect(response.value).toBe(LARGE);
  expect(headers.get("x-mine")).toEqual(["yes"]);
  const stream = messagesOf(client.serverStream(Echo.method.serverStream, { value: LARGE }));
  const values = [(await nextOf(stream)).value, (await nextOf(stream)).value];
  expect(values).toEqual(["small", LARGE]);
});

test("a large message is gzip for a client that names it", async () => {
  await using server = await serveEcho({ compression: "gzip" });
  const { headers, flag, message } = await answerOf(server, LARGE, "identity, gzip");
  expect([headers["grpc-encoding"], headers["x-mine"], flag]).toEqual(["gzip", "yes", 1]);
  expect(message.length).toBeLessThan(LARGE.length / 10);
  expect(gunzipSync(message).toString()).toContain(LARGE);
});

test.for([
  ["a client that names no encoding", { compression: "gzip" }, LARGE, undefined],
  ["a client that names others", { compression: "gzip" }, LARGE, "identity,deflate"],
  ["a small message", { compression: "gzip" }, "small", "gzip"],
  ["a server without the option", {}, LARGE, "identity,gzip"],
] as const)("%s: the message is sent as it is", async ([, options, value, accepted]) => {
  await using server = await serveEcho(options);
  const { flag, message } = await answerOf(server, value, accepted);
  expect([flag, message.includes(value)]).toEqual([0, true]);
});

test("another compression is refused", async () => {
  await expect(serveEcho({ compression: "br" as "gzip" })).rejects.toThrow(
    'compression: expected identity or gzip, got "br"',
  );
});
