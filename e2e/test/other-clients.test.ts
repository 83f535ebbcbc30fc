/** Clients of other implementations and our server: nice-grpc, connect-node, ours over either HTTP/2, and nghttp2's tools. C-core's is in c-core-client.test.ts. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { service } from "@agent-team/grpc-server";
import { Echo, type LoopbackServer, serveOnLoopback } from "@agent-team/grpc-server/testing";
import { findProgram } from "@agent-team/test-support/find-program";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createChannel as createNiceChannel, createClient as createNiceClient, Status } from "nice-grpc";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ECHO_STREAMS, messagesOf, valuesOf } from "./support/echo.ts";

const LARGE = "x".repeat(1_200_000);

let server: LoopbackServer;
beforeEach(async () => {
  server = await serveOnLoopback({
    services: [
      service(Echo, {
        unary({ value }, { requestHeader, responseTrailer }) {
          if (value === "fail") throw new ConnectError("no café 文", Code.NotFound, { "x-words": "one" });
          responseTrailer.set("x-words", requestHeader.get("x-words") ?? "");
          return { value };
        },
        async *serverStream({ value }) {
          for (let i = 0; i < Number(value); i += 1) yield { value: String(i) };
        },
        ...ECHO_STREAMS,
      }),
    ],
  });
});
afterEach(() => server.close());

describe.each<[string, (port: number) => Transport]>([
  ["connect-node", (port) => createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` })],
  ["our client over its own HTTP/2", (port) => ourTransport(port, "own")],
  ["our client over node:http2", (port) => ourTransport(port, "node:http2")],
])("%s", (_, transportOf) => {
  test("makes all four kinds of call, of small and large messages", async () => {
    const client = createClient(Echo, transportOf(server.port));
    expect((await client.unary({ value: LARGE })).value).toBe(LARGE);
    expect(await valuesOf(client.serverStream({ value: "500" }))).toHaveLength(500);
    expect((await client.clientStream(messagesOf("a", LARGE, "c"))).value).toBe(`a,${LARGE},c`);
    expect(await valuesOf(client.bidi(messagesOf("a", LARGE)))).toEqual(["a", LARGE]);
  });

  test("reads an error with its code, message and metadata", async () => {
    const failed = createClient(Echo, transportOf(server.port)).unary({ value: "fail" });
    const error = await failed.then(
      () => expect.fail("the call succeeded"),
      (reason: unknown) => ConnectError.from(reason),
    );
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no café 文" });
    expect(error.metadata.get("x-words")).toBe("one");
  });
});

function ourTransport(port: number, transport: "own" | "node:http2"): Transport {
  const channel = createChannel(`ipv4:127.0.0.1:${port}`, { transport });
  onTestFinished(() => channel.close(10));
  return createConnectTransport(channel);
}

const METHOD = {
  requestSerialize: (message: StringValue) => toBinary(StringValueSchema, message),
  requestDeserialize: (bytes: Uint8Array) => fromBinary(StringValueSchema, bytes),
  responseSerialize: (message: StringValue) => toBinary(StringValueSchema, message),
  responseDeserialize: (bytes: Uint8Array) => fromBinary(StringValueSchema, bytes),
  options: {},
} as const;

test("nice-grpc makes all four kinds of call, and reads the status of an error", async () => {
  const definition = {
    unary: { ...METHOD, path: "/test.Echo/Unary", requestStream: false, responseStream: false },
    serverStream: { ...METHOD, path: "/test.Echo/ServerStream", requestStream: false, responseStream: true },
    clientStream: { ...METHOD, path: "/test.Echo/ClientStream", requestStream: true, responseStream: false },
    bidi: { ...METHOD, path: "/test.Echo/Bidi", requestStream: true, responseStream: true },
  } as const;
  const channel = createNiceChannel(`http://127.0.0.1:${server.port}`);
  onTestFinished(() => channel.close());
  const client = createNiceClient(definition, channel);
  const say = (value: string): StringValue => create(StringValueSchema, { value });

  expect((await client.unary(say(LARGE))).value).toBe(LARGE);
  expect(await valuesOf(client.serverStream(say("500")))).toHaveLength(500);
  expect((await client.clientStream(messagesOf("a", "b"))).value).toBe("a,b");
  expect(await valuesOf(client.bidi(messagesOf("a", "b")))).toEqual(["a", "b"]);
  await expect(client.unary(say("fail"))).rejects.toMatchObject({ code: Status.NOT_FOUND, details: "no café 文" });
});

describe("nghttp2's", () => {
  const absent = ["nghttp", "h2load"].some((name) => findProgram(name) === undefined);
  let folder: string;
  beforeEach(({ skip }) => {
    skip(absent, "no nghttp and h2load in PATH: install them (Debian: apt-get install nghttp2-client) to run this");
    folder = mkdtempSync(join(tmpdir(), "nghttp-"));
    writeFileSync(join(folder, "request"), Buffer.concat([Buffer.of(0, 0, 0, 0, 7, 0x0a, 5), Buffer.from("hello")]));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function run(program: string, ...args: readonly string[]): Promise<string> {
    const url = `http://127.0.0.1:${server.port}/test.Echo/Unary`;
    const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers", "-d", join(folder, "request")];
    const child = spawn(program, [...args, ...headers, url], { stdio: ["ignore", "pipe", "inherit"] });
    return await text(child.stdout);
  }

  test("nghttp reads headers, the message and the trailers", async () => {
    const log = await run("nghttp", "-v", "-n");
    expect(log).toMatch(/:status: 200/);
    expect(log).toMatch(/recv DATA frame <length=12/);
    expect(log).toMatch(/grpc-status: 0/);
    expect(log).not.toMatch(/error_code=(?!NO_ERROR)/);
  });

  test("h2load has each of 4,000 calls on 10 connections answered", async () => {
    const report = await run("h2load", "-n", "4000", "-c", "10", "-m", "50");
    expect(report).toMatch(/4000 total, 4000 started, 4000 done, 4000 succeeded, 0 failed, 0 errored, 0 timeout/);
    expect(report).toMatch(/status codes: 4000 2xx/);
  });
});
