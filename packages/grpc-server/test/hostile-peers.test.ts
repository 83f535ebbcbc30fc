// Peers that use another protocol, send no bytes or send too many pings do not affect other clients.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, type HandlerContext } from "@connectrpc/connect";
import { afterEach, expect, test } from "vitest";
import { service } from "../src/index.ts";
import { TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

const services = [service(Echo, { unary: (request) => request })];
type Text = MessageInitShape<typeof StringValueSchema>;

let peers: Socket[] = [];

afterEach(() => {
  for (const peer of peers) peer.destroy();
  peers = [];
});

async function peerOf(server: LoopbackServer): Promise<Socket> {
  const peer = connect(server.port, "127.0.0.1");
  peer.on("error", () => {}); // the server may close or reset the connection
  peers.push(peer);
  await once(peer, "connect");
  return peer;
}

test.for([
  ["HTTP/1.1", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
  ["noise", "\u0000\u00ff\u0013\u0037".repeat(64)],
  ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
] as const)("the connection of a peer that sends %s is closed, and other clients are served", async ([, bytes]) => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  const peer = await peerOf(server);
  peer.resume();
  peer.write(Buffer.from(bytes, "latin1"));

  await once(peer, "close");
  expect((await client.unary(Echo.method.unary, { value: "served" })).response.value).toBe("served");
});

test("a peer that sends no bytes does not affect other clients", async () => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  await peerOf(server);

  expect((await client.unary(Echo.method.unary, { value: "served" })).response.value).toBe("served");
});

test("the handler of a client that stops reading ends at its deadline", async () => {
  const left = Promise.withResolvers<unknown>();
  async function* serverStream(_: unknown, { signal }: HandlerContext): AsyncGenerator<Text> {
    signal.addEventListener("abort", () => left.resolve(signal.reason));
    for (;;) yield { value: "x".repeat(64 * 1024) };
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream })] });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  session.on("error", () => {}); // the server destroys the connection at the end, because this client does not close it
  const stream = session.request({
    ":method": "POST",
    ":path": "/test.Echo/ServerStream",
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": "100m",
  });
  stream.on("error", () => {});
  stream.end(Buffer.alloc(5)); // an empty message; the answer is never read, so the window closes

  expect(await left.promise).toMatchObject({ code: Code.DeadlineExceeded });
  session.destroy();
});

test("any number of keepalive pings is answered", async () => {
  await using server = await serveOnLoopback({ services });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  await once(session, "connect");
  const ping = (): Promise<void> =>
    new Promise((resolve, reject) => {
      session.ping((error) => (error === null ? resolve() : reject(error)));
    });

  for (let count = 0; count < 50; count += 1) await ping();
  expect(session.destroyed).toBe(false);
  session.close();
});
