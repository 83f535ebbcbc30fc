/**
 * A channel behind an HTTP proxy: it reaches its servers by CONNECT, over each transport, in plaintext and TLS. What the proxy
 * refuses or leaves unanswered is an error that names the proxy, in time.
 */

import * as grpc from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { createGrpcJsChannelFactory } from "../src/adapters/grpc-js.ts";
import { type ChannelOptions, createChannel, Status, type TransportKind } from "../src/index.ts";
import { StubServer } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { RecordedCall, send, UNARY } from "./support/calls.ts";
import { CERTIFICATE, KEY } from "./support/certificate.ts";
import { ConnectProxy, type ConnectProxyOptions } from "./support/connect-proxy.ts";
import { type Answered, answered, ECHO, type EchoStub, handlers } from "./support/grpc-js-stub.ts";
import { until } from "./support/until.ts";

/** Only the proxy knows it: RFC 6761 6.4 keeps the name free. */
const TARGET = "orders.invalid:50051";
const NAME = "workflow-agent.local";

/** Makes one call through a channel of its own. */
async function callThrough(target: string, options: ChannelOptions): Promise<RecordedCall> {
  const channel = createChannel(target, options);
  const call = send(channel, UNARY, {}, "hello");
  await until(() => call.hasEnded, "the call ends");
  await channel.close();
  return call;
}

describe.each<TransportKind>(["own", "node:http2"])("over %s", (transport) => {
  test.each(["plaintext", "tls"])("%s: the proxy looks the name up and opens the tunnel", async (security) => {
    const tls = security === "tls";
    await using server = await StubServer.start(tls ? { tls: { cert: CERTIFICATE, key: KEY } } : {});
    await using proxy = await ConnectProxy.start({ table: { [TARGET]: server } });
    const call = await callThrough(`dns:///${TARGET}`, {
      transport,
      proxy: `http://${proxy.address}`,
      ...(tls ? { tls: { ca: CERTIFICATE, serverName: NAME } } : {}),
    });
    expect([call.error, call.texts]).toEqual([undefined, ["hello"]]);
    expect(proxy.requests).toEqual([`CONNECT ${TARGET} HTTP/1.1|Host: ${TARGET}`]);
  });

  test("bytes that the server sends with the proxy's answer are not lost", async () => {
    await using server = await StubServer.start();
    await using eager = await ConnectProxy.start({ table: { [TARGET]: server }, waitsForServer: true });
    // node:http2's server sends its SETTINGS at once, before it has seen the client's.
    const call = await callThrough(TARGET, { transport, proxy: `http://${eager.address}` });
    expect([call.error, call.texts]).toEqual([undefined, ["hello"]]);
  });

  test("a connection that is lost is made again, through the proxy", async () => {
    await using server = await StubServer.start();
    await using proxy = await ConnectProxy.start();
    await using channel = createChannel(`ipv4:${server.address}`, { transport, proxy: `http://${proxy.address}` });
    const first = send(channel);
    await until(() => first.hasEnded, "the first call ends");
    server.goaway();
    const second = send(channel);
    await until(() => second.hasEnded, "the second call ends");
    expect([first.error, second.error]).toEqual([undefined, undefined]);
    expect(channel.snapshot().proxy).toBe(proxy.address);
    expect(new Set(proxy.requests).size).toBe(1);
  });
});

describe("a proxy that opens no tunnel", () => {
  test.each<[string, ConnectProxyOptions, string]>([
    ["refuses", { answer: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" }, "HTTP 403 Forbidden"],
    ["wants credentials", { answer: "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n" }, "HTTP 407 Proxy Auth"],
    ["cannot reach the server", { table: { [TARGET]: { host: "127.0.0.1", port: 1 } } }, "HTTP 502 Bad Gateway"],
    ["is no proxy", { answer: "SSH-2.0-OpenSSH_9.2p1\r\n" }, "an answer that is not HTTP/1.1"],
    [
      "answers without end",
      { answer: `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}` },
      "an answer that is not HTTP/1.1",
    ],
  ])("and %s: the error names the proxy and its answer", async (_, options, answer) => {
    await using proxy = await ConnectProxy.start(options);
    const { error } = await callThrough(TARGET, { proxy: `http://${proxy.address}` });
    expect(error?.code).toBe(Status.unavailable);
    expect(error?.message).toContain(`the proxy ${proxy.address} answered CONNECT ${TARGET} with ${answer}`);
  });

  test("and does not listen: the error names it", async () => {
    const { error } = await callThrough(TARGET, { proxy: "http://127.0.0.1:1" });
    expect(error).toMatchObject({ code: Status.unavailable });
    expect(error?.message).toContain("the proxy 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1");
  });

  test("and hangs: the connection fails after connectTimeoutMs, with the calls that wait for it", async () => {
    await using bench = new Bench();
    const proxy = await bench.use(ConnectProxy.start({ answer: "" }));
    const channel = bench.open([{ host: "10.0.0.1", port: 50_051 }], {
      proxy: `http://${proxy.address}`,
      connectTimeoutMs: 2_000,
    });
    const call = send(channel);
    await until(() => proxy.requests.length === 1, "the proxy is asked");
    const startedMs = bench.clock.now();
    await bench.passTimeUntil(() => call.hasEnded, "the call ends", 10);
    expect(call.error?.code).toBe(Status.unavailable);
    expect(call.error?.message).toContain(
      `the proxy ${proxy.address} did not answer CONNECT 10.0.0.1:50051 within 2000 ms`,
    );
    expect(bench.clock.now() - startedMs).toBeLessThanOrEqual(3_000);
  });

  test("and hangs after its tunnel: what is left of connectTimeoutMs holds for the server's SETTINGS", async () => {
    await using bench = new Bench();
    const silent = await bench.use(ConnectProxy.start({ answer: "HTTP/1.1 200 OK\r\n\r\n" }));
    const channel = bench.open([{ host: "10.0.0.1", port: 50_051 }], {
      proxy: `http://${silent.address}`,
      connectTimeoutMs: 1_000,
    });
    const call = send(channel);
    await until(() => silent.requests.length === 1, "the proxy is asked");
    await bench.passTimeUntil(() => call.hasEnded, "the call ends", 10);
    expect(call.error?.message).toContain("no HTTP/2 SETTINGS from 10.0.0.1:50051");
  });
});

test("an option that cannot be a proxy is refused without its password", () => {
  for (const proxy of ["socks5://user:secret@proxy:1080", "user:secret@proxy", ""]) {
    expect(() => createChannel("a:1", { proxy })).toThrow('proxy: expected "environment" or http://');
    expect(() => createChannel("a:1", { proxy })).not.toThrow("secret");
  }
});

describe("stubs of grpc-js, as with grpc-js's own channel", () => {
  const VARIABLES = ["grpc_proxy", "https_proxy", "http_proxy", "no_grpc_proxy", "no_proxy"];
  afterEach(() => VARIABLES.forEach((name) => delete process.env[name]));

  const EchoClient = grpc.makeGenericClientConstructor(ECHO, "Echo");
  const ours = { channelFactoryOverride: createGrpcJsChannelFactory(createChannel) };

  async function ask(target: string, options: grpc.ClientOptions): Promise<Answered> {
    const stub = new EchoClient(target, grpc.credentials.createInsecure(), options) as unknown as EchoStub;
    const result = await answered((callback) => stub.say("hello", callback));
    stub.close();
    return result;
  }

  test.each([
    ["grpc_proxy", "", (address: string) => `http://${address}`],
    ["https_proxy", "", (address: string) => `http://${address}/`],
    ["http_proxy", "dXNlcjpwOiBzcw==", (address: string) => `http://user:p%3A%20ss@${address}`],
    ["grpc_proxy", "dXNlcg==", (address: string) => `http://user@${address}`],
  ])("%s is used, with the credentials %s", async (variable, credentials, url) => {
    await using server = await StubServer.start({ handlers });
    await using proxy = await ConnectProxy.start({ table: { [TARGET]: server } });
    process.env[variable] = url(proxy.address);
    const theirs = await ask(TARGET, {});
    const our = await ask(TARGET, ours);
    expect([theirs.answer, our.answer]).toEqual(["hello", "hello"]);
    const parts = proxy.requests.map((request) =>
      request
        .toLowerCase()
        .split("|")
        .filter((line) => !line.startsWith("connection"))
        .sort(),
    );
    expect(parts[1]).toEqual(parts[0]);
    expect(proxy.requests[1]?.includes("Proxy-Authorization")).toBe(credentials !== "");
    expect(proxy.requests[1]).toContain(credentials);
  });

  test.each([
    { no_grpc_proxy: "127.0.0.0/8" },
    { no_proxy: "elsewhere,127.0.0.1" },
    { grpc_proxy: "socks5://127.0.0.1:1" },
  ])("%o: the connection is direct", async (environment) => {
    await using server = await StubServer.start({ handlers });
    Object.assign(process.env, { grpc_proxy: "http://127.0.0.1:1", ...environment });
    expect((await ask(server.address, {})).answer).toBe("hello");
    expect((await ask(server.address, ours)).answer).toBe("hello");
  });

  test("grpc.enable_http_proxy: 0 leaves the environment out", async () => {
    await using server = await StubServer.start({ handlers });
    process.env["grpc_proxy"] = "http://127.0.0.1:1";
    expect((await ask(server.address, { ...ours, "grpc.enable_http_proxy": 0 })).answer).toBe("hello");
  });

  test("grpc.http_connect_target and its credentials are honoured", async () => {
    await using server = await StubServer.start({ handlers });
    await using proxy = await ConnectProxy.start({ table: { [TARGET]: server } });
    const options = { "grpc.http_connect_target": `dns:${TARGET}`, "grpc.http_connect_creds": "user:p@ss" };
    expect((await ask(proxy.address, { ...options, ...ours })).answer).toBe("hello");
    expect(proxy.requests).toEqual([
      `CONNECT ${TARGET} HTTP/1.1|Host: ${TARGET}|Proxy-Authorization: Basic ${Buffer.from("user:p@ss").toString("base64")}`,
    ]);
  });
});
