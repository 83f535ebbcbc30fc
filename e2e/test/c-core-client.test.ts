/** A client on C-core and our server: what users of grpcio, gRPC for C++, Ruby and PHP see of `serve()`. */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type ServeOptions, service } from "@agent-team/grpc-server";
import { Echo, type LoopbackServer, serveOnLoopback } from "@agent-team/grpc-server/testing";
import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { CCoreClient, noCCore } from "./support/c-core.ts";

type Text = { readonly value: string };

/** Echoes, or does what the text names. */
function answer({ value }: Text, context: HandlerContext): Text {
  switch (value) {
    case "deadline":
      return { value: String(Math.round((context.timeoutMs() ?? Number.NaN) / 1_000)) };
    case "metadata":
      return {
        value: [
          context.requestHeader.get("x-words"),
          ...decodeBinaryHeader(context.requestHeader.get("x-bytes-bin") ?? ""),
        ].join(" "),
      };
    case "trailers":
      context.responseTrailer.set("x-bytes-bin", encodeBinaryHeader(Uint8Array.of(0, 255)));
      return { value };
    case "fail":
      throw new ConnectError("no café 文\n100%", Code.NotFound, { "x-words": "one" });
    default:
      return { value };
  }
}

async function start(
  args: Readonly<Record<string, number>> = {},
  options: Partial<ServeOptions> = {},
): Promise<{ server: LoopbackServer; client: CCoreClient; readonly receivedBytes: number }> {
  const server = await serveOnLoopback({
    ...options,
    services: [
      service(Echo, {
        unary: async (request, context) => answer(request, context),
        async *serverStream({ value }, { signal }) {
          for (let i = 0; i < Number(value) && !signal.aborted; i += 1) yield { value: String(i) };
        },
        async clientStream(requests) {
          const texts: string[] = [];
          for await (const { value } of requests) texts.push(value);
          return { value: texts.join(",") };
        },
        async *bidi(requests) {
          yield* requests;
        },
      }),
    ],
  });
  const way = await countedWay(server.port);
  const client = new CCoreClient(`127.0.0.1:${way.port}`, args);
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
    await server.close();
    await way[Symbol.asyncDispose]();
  });
  return {
    server,
    client,
    get receivedBytes() {
      return way.receivedBytes;
    },
  };
}

/** A way to a server that counts what comes back. */
async function countedWay(
  port: number,
): Promise<AsyncDisposable & { readonly port: number; readonly receivedBytes: number }> {
  const toServer: Socket[] = [];
  const way = createServer((fromClient) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    toServer.push(socket);
    fromClient.on("error", () => socket.destroy()).pipe(socket);
    socket.on("error", () => fromClient.destroy()).pipe(fromClient);
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
  return {
    port: (way.address() as AddressInfo).port,
    get receivedBytes() {
      return toServer.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => way.close(() => resolve())),
  };
}

describe("a client on C-core", () => {
  test.beforeEach(({ skip }) => skip(noCCore !== undefined, noCCore));

  test.for([false, true])("is answered for all four kinds of method, gzip: %s", async (compress) => {
    const { client } = await start();
    const text = "hello ".repeat(500);

    expect(await client.call({ method: "Unary", requests: [text], compress })).toMatchObject({
      code: "OK",
      messages: [text],
    });
    const numbers = Array.from({ length: 100 }, (_, i) => String(i));
    expect(await client.call({ method: "ServerStream", requests: ["100"], compress })).toMatchObject({
      messages: numbers,
    });
    const joined = await client.call({ method: "ClientStream", requests: ["a", "b", "c"], compress });
    expect(joined).toMatchObject({ code: "OK", messages: ["a,b,c"] });
    expect(await client.call({ method: "Bidi", requests: ["a", "b"], compress })).toMatchObject({
      messages: ["a", "b"],
    });
  });

  test.for([
    ["in gzip, small ones beside large ones", {}, 0, 50_000],
    ["as they are when it takes no gzip", { "grpc.compression_enabled_algorithms_bitset": 1 }, 220_000, 250_000],
  ] as const)("reads the answers of a server that compresses %s", async ([, args, fromBytes, toBytes]) => {
    const peer = await start(args, { compression: "gzip" });
    const large = "agent team ".repeat(10_000);

    expect(await peer.client.call({ method: "Unary", requests: [large] })).toMatchObject({ messages: [large] });
    expect(await peer.client.call({ method: "Bidi", requests: ["small", large, ""] })).toMatchObject({
      code: "OK",
      messages: ["small", large, ""],
    });

    expect(peer.receivedBytes).toBeGreaterThan(fromBytes);
    expect(peer.receivedBytes).toBeLessThan(toBytes);
  });

  test("sends metadata and reads trailers", async () => {
    const { client } = await start();
    const metadata = [
      ["x-words", "one two"],
      ["x-bytes-bin", "00ff"],
    ] as const;
    expect(await client.call({ method: "Unary", requests: ["metadata"], metadata })).toMatchObject({
      messages: ["one two 0 255"],
    });
    const { trailers } = await client.call({ method: "Unary", requests: ["trailers"] });
    expect(trailers).toContainEqual(["x-bytes-bin", "00ff"]);
  });

  test("reads the code, the message in any script and the metadata of an error", async () => {
    const { client } = await start();
    const failed = await client.call({ method: "Unary", requests: ["fail"] });

    expect(failed).toMatchObject({ code: "NOT_FOUND", details: "no café 文\n100%", messages: [] });
    expect(failed.trailers).toContainEqual(["x-words", "one"]);
  });

  test("is told of a method or a service that does not exist", async () => {
    const { client } = await start();
    expect(await client.call({ method: "Unary", service: "test.Nothing" })).toMatchObject({ code: "UNIMPLEMENTED" });
  });

  test.for([5, 3_600, 30 * 86_400, 60 * 86_400])("gives a deadline of %d s", async (seconds) => {
    const { client } = await start();
    const { code, messages } = await client.call({ method: "Unary", requests: ["deadline"], timeout: seconds });

    expect(code).toBe("OK");
    // Node's timers end at 2^31 ms, and so does what a handler is told.
    expect(Number(messages[0])).toBeGreaterThan(Math.min(seconds * 0.99 - 2, 2_147_482));
    expect(Number(messages[0])).toBeLessThanOrEqual(seconds);
  });

  test("that sends keepalive pings is not turned away", async () => {
    const { client } = await start({
      "grpc.keepalive_time_ms": 1_000,
      "grpc.keepalive_permit_without_calls": 1,
      "grpc.http2.max_pings_without_data": 0,
    });
    expect(await client.repeat(200, { method: "Unary", requests: ["x"] })).toEqual({ OK: 200 });
  });
});
