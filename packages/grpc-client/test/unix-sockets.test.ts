/** Servers on Unix domain sockets, by gRPC's names for them, for our channel and for stubs of grpc-js. */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGrpcJsChannelFactory } from "../src/adapters/grpc-js.ts";
import { createChannel, type TransportKind } from "../src/index.ts";
import { send } from "./support/calls.ts";
import { answered, ECHO, type EchoStub } from "./support/grpc-js-stub.ts";
import { until } from "./support/until.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-unix-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Echoes one message; each call's `:authority` is recorded. */
async function serveAt(path: string): Promise<AsyncDisposable & { readonly authorities: string[] }> {
  const authorities: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    authorities.push(String(headers[":authority"]));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    authorities,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each<TransportKind>(["own", "node:http2"])("over %s", (transport) => {
  test("unix:PATH, relative or absolute, and unix:///PATH", async () => {
    const path = join(folder, "orders.sock");
    await using server = await serveAt(path);
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const target of [`unix:${path}`, `unix://${path}`, "unix:orders.sock", `UNIX:${path}`]) {
        await using channel = createChannel(target, { transport });
        const call = send(channel);
        await until(() => call.hasEnded, "the call ends");
        expect([target, call.error, call.texts]).toEqual([target, undefined, ["hello"]]);
        expect(call.call.peer).toMatch(/^unix:/);
      }
    } finally {
      process.chdir(before);
    }
    expect(new Set(server.authorities)).toEqual(new Set(["localhost"]));
  });

  test.skipIf(process.platform !== "linux")("unix-abstract:NAME (Linux)", async () => {
    const name = `agent-team-${process.pid}-${transport.length}`;
    await using _server = await serveAt(`\0${name}`);
    await using channel = createChannel(`unix-abstract:${name}`, { transport });
    const call = send(channel);
    await until(() => call.hasEnded, "the call ends");
    expect([call.error, call.texts]).toEqual([undefined, ["hello"]]);
  });

  test("a socket that is not there is unavailable, and the error names it", async () => {
    const path = join(folder, "absent.sock");
    await using channel = createChannel(`unix:${path}`, { transport });
    const call = send(channel);
    await until(() => call.hasEnded, "the call ends");
    expect(call.error?.message).toContain(`connect ENOENT ${path}`);
    expect(call.error?.message).toContain(`no ready endpoint for unix:${path}`);
  });
});

test("a proxy is not asked for a Unix socket", async () => {
  const path = join(folder, "orders.sock");
  await using _server = await serveAt(path);
  await using channel = createChannel(`unix:${path}`, { proxy: "http://127.0.0.1:1" });
  const call = send(channel);
  await until(() => call.hasEnded, "the call ends");
  expect(call.error).toBeUndefined();
});

test("a stub of grpc-js keeps its target", async () => {
  const path = join(folder, "orders.sock");
  await using _server = await serveAt(path);
  const EchoClient = grpc.makeGenericClientConstructor(ECHO, "Echo");
  const stub = new EchoClient(`unix:${path}`, grpc.credentials.createInsecure(), {
    channelFactoryOverride: createGrpcJsChannelFactory(createChannel),
  }) as unknown as EchoStub;
  expect(await answered((callback) => stub.say("hello", callback))).toEqual({ error: null, answer: "hello" });
  stub.close();
});
