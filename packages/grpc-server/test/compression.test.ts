// Answers in gzip, for clients that read it.
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http2";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { type ServeOptions, service } from "../src/index.ts";
import { messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { type HttpResponse, send } from "./http-client.ts";
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

describe("a call of Connect", () => {
  const call = (
    server: LoopbackServer,
    headers: Readonly<Record<string, string>>,
    value: string,
  ): Promise<HttpResponse> => send(server.port, { headers, body: JSON.stringify(value) });
  const compressed = (server: LoopbackServer, body: Uint8Array): Promise<HttpResponse> =>
    send(server.port, { headers: { "content-encoding": "gzip" }, body });
  const protocols = ["grpc", "grpc-web", "connect"] as const;

  test("with the headers of a browser is answered in gzip", async () => {
    await using server = await serveEcho({ compression: "gzip", protocols });
    const { headers, body } = await call(server, { "accept-encoding": "gzip, deflate, br, zstd" }, LARGE);
    expect(headers).toMatchObject({
      "content-encoding": "gzip",
      "content-length": String(body.length),
      "x-mine": "yes",
    });
    expect(body.length).toBeLessThan(LARGE.length / 10);
    expect(JSON.parse(gunzipSync(body).toString())).toBe(LARGE);
  });

  test.for([
    ["a client that reads no gzip", { compression: "gzip" }, LARGE, "br"],
    ["a small message", { compression: "gzip" }, "small", "gzip"],
    ["a server without the option", {}, LARGE, "gzip"],
  ] as const)("%s: the message is sent as it is", async ([, options, value, accepted]) => {
    await using server = await serveEcho({ ...options, protocols });
    const { headers, body } = await call(server, { "accept-encoding": accepted }, value);
    expect(headers["content-encoding"]).toBeUndefined();
    expect(JSON.parse(body.toString())).toBe(value);
  });

  test("may have a request in gzip, which is inflated up to the largest message", async () => {
    await using server = await serveEcho({ protocols });
    const { body } = await compressed(server, gzipSync(JSON.stringify("small")));
    expect(body.toString()).toBe('"small"');
    const bomb = await compressed(server, gzipSync(Buffer.alloc(64 << 20)));
    expect([bomb.status, JSON.parse(bomb.body.toString())]).toEqual([
      429,
      { code: "resource_exhausted", message: "the request is larger than 4194304 bytes once inflated" },
    ]);
    const noGzip = await compressed(server, Buffer.from('"plain"'));
    expect([noGzip.status, noGzip.body.toString()]).toEqual([400, expect.stringContaining("the request is not gzip")]);
  });
});

test("another compression is refused", async () => {
  await expect(serveEcho({ compression: "br" as "gzip" })).rejects.toThrow(
    'compression: expected identity or gzip, got "br"',
  );
});
