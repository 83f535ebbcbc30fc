/**
 * An address may belong to a peer that is no gRPC server. A call without another endpoint ends with the right code before its
 * deadline; a call with another endpoint succeeds.
 */

import { dataFrame, goawayFrame, rstStreamFrame, settingsFrame } from "@agent-team/http2";
import { describe, expect, test } from "vitest";
import { Metadata, Status, type StatusCode } from "../src/index.ts";
import type { StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { blackHole } from "./support/black-hole.ts";
import { IDEMPOTENT, Load, send, UNARY } from "./support/calls.ts";
import { type Fields, headersFrame } from "./support/frames.ts";
import { framePeer, garbagePeer, http1Peer, silentPeer } from "./support/hostile-peers.ts";
import { until } from "./support/until.ts";

type Start = (host: string) => Promise<AsyncDisposable & { readonly host: string; readonly port: number }>;

/** Refuses connections: it is closed before the test connects. */
const refusing: Start = async (host) => {
  const peer = await silentPeer(host);
  await peer[Symbol.asyncDispose]();
  return { host: peer.host, port: peer.port, [Symbol.asyncDispose]: () => Promise.resolve() };
};

const goawayAtOnce: Start = (host) =>
  framePeer({ onConnect: ({ send }) => send(settingsFrame(), goawayFrame(0, 0, "max_age")) }, host);

const PEERS: readonly (readonly [story: string, start: Start, lastError: RegExp])[] = [
  ["refuses the connection", refusing, /connect ECONNREFUSED ADDRESS/],
  ["drops every SYN", blackHole, /no HTTP\/2 SETTINGS from ADDRESS within 3000 ms/],
  ["accepts and never writes", silentPeer, /no HTTP\/2 SETTINGS from ADDRESS within 3000 ms/],
  ["uses HTTP/1.1", http1Peer, /ADDRESS: /],
  ["sends garbage", garbagePeer, /ADDRESS: /],
  ["sends GOAWAY at once", goawayAtOnce, /ADDRESS/],
];

describe.each(PEERS)("a peer that %s", (_, start, lastError) => {
  test("alone: the call is unavailable before its deadline, and the error names the peer and the reason", async () => {
    await using bench = new Bench();
    const peer = await bench.use(start("127.0.0.1"));
    const channel = bench.open([peer]);
    const call = send(channel, UNARY, { timeoutMs: 10_000 });
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    expect(bench.clock.now()).toBeLessThanOrEqual(3_500);
    expect(call.error).toMatchObject({ code: Status.unavailable, maybeProcessed: false });
    const named = new RegExp(lastError.source.replace("ADDRESS", `${peer.host}:${peer.port}`));
    expect(call.error?.message).toMatch(named);
  });

  test("beside a good one: no call fails or waits for it, and it gets no call", async () => {
    await using bench = new Bench();
    const bad = await bench.use(start("127.0.0.2"));
    const good = await bench.serve();
    const channel = bench.open([bad, good]);
    const first = new Load(channel);
    await first.run(200); // the fake clock does not advance, so no call waited for a deadline
    await first.stop();
    await bench.passTimeUntil(() => bench.clock.now() >= 4_000, "the bad one has failed, and been tried again");
    const second = new Load(channel);
    await second.run(50);
    await second.stop();
    expect([...first.errors, ...second.errors]).toEqual([]);
    expect(good.connections).toBe(1);
  });
});

test("behind 20 addresses that answer nothing, the first call waits at most 300 ms for the one that does", async () => {
  await using bench = new Bench();
  const silent = await Promise.all(Array.from({ length: 20 }, () => bench.use(silentPeer())));
  const good = await bench.serve();
  const channel = bench.open([...silent, good]);
  const call = send(channel);
  await bench.passTimeUntil(() => call.hasEnded, "the call ends");
  expect(call.error).toBeUndefined();
  expect(bench.clock.now()).toBeLessThanOrEqual(300);
});

describe("a server that breaks the protocol in one response", () => {
  const hugePrefix = (call: StubCall): void => {
    call.sendHeaders();
    call.stream.write(Buffer.from([0, 0x40, 0, 0, 0]));
  };

  test("a prefix of 1 GiB is resource-exhausted for its call; the connection and its other calls continue", async () => {
    await using bench = new Bench();
    const held = Promise.withResolvers<StubCall>();
    const server = await bench.serve({ handlers: { "/test.Echo/Big": hugePrefix, "*": held.resolve } });
    const channel = await bench.connect([server]);
    const other = send(channel);
    const { end, send: answer } = await held.promise.then((call) => ({
      send: () => call.send(Buffer.from("fine")),
      end: () => call.end(),
    }));
    const big = send(channel, { ...UNARY, path: "/test.Echo/Big", idempotent: true });
    expect((await big.ended())?.message).toBe(
      "[resource_exhausted] message of 1073741824 bytes is larger than maxReceiveMessageBytes (4194304)",
    );
    answer();
    end();
    expect(await other.ended()).toBeUndefined();
    expect(other.texts).toEqual(["fine"]);
    expect(server.connections).toBe(1);
  });

  test("memory for a message grows with the received bytes, not with the announced length", async () => {
    await using bench = new Bench();
    let served: StubCall | undefined;
    const promise = (call: StubCall): void => {
      served = call;
      call.sendHeaders();
      call.stream.write(Buffer.from([0, 0x3f, 0, 0, 0, 1, 2, 3])); // 1,008 MiB announced, three bytes sent
    };
    const channel = await bench.connect([await bench.serve({ handlers: { "*": promise } })], {
      maxReceiveMessageBytes: 1 << 30,
    });
    const before = process.memoryUsage().arrayBuffers;
    const calls = Array.from({ length: 20 }, () => send(channel, { ...UNARY, unaryResponse: false }));
    await until(() => calls.every(({ headers }) => headers !== undefined) && served !== undefined, "all prefixes came");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
    for (const { call } of calls) call.cancel();
  });

  test("a response without grpc-status is unknown, is not retried, and its error says that the server may have acted", async () => {
    await using bench = new Bench();
    const ok = { ":status": "200", "content-type": "application/grpc" };
    const peer = await bench.use(
      framePeer({
        onRequest: ({ send: say }, id) =>
          say(headersFrame(id, ok), dataFrame(id, Buffer.from([0, 0, 0, 0, 0]), { endStream: true })),
      }),
    );
    const channel = await bench.connect([peer]);
    expect(await send(channel, IDEMPOTENT).ended()).toMatchObject({
      message: "[unknown] the server ended the stream without grpc-status",
      maybeProcessed: true,
    });
    expect(bench.events.filter(({ type }) => type === "call-retried")).toEqual([]);
  });

  const headers = { ":status": "200", "content-type": "application/grpc" };
  const error = (id: number, status: string, last: Fields): Uint8Array[] => [
    headersFrame(id, { ":status": status, "content-type": "text/html" }),
    headersFrame(id, last, { endStream: true }),
  ];
  const large = Array.from({ length: 10 }, (_, i) => [`x-${i}`, "v".repeat(10_000)] as const);
  test.each<[string, (id: number) => readonly Uint8Array[], StatusCode]>([
    ["HTTP 429", (id) => error(id, "429", { "x-cost": "7" }), Status.unavailable],
    [
      "HTTP 503 with a status in its trailers",
      (id) => error(id, "503", { "grpc-status": "7" }),
      Status.permissionDenied,
    ],
    [
      "a status that is no number",
      (id) => [headersFrame(id, { ...headers, "grpc-status": "0x0" }, { endStream: true })],
      Status.unknown,
    ],
    [
      "headers without an end",
      (id) => [headersFrame(id, { ...headers, "grpc-status": "0" }), rstStreamFrame(id, 2)],
      Status.internal,
    ],
    [
      "trailers above what was announced",
      (id) => [headersFrame(id, headers), headersFrame(id, [...large, ["grpc-status", "14"]], { endStream: true })],
      Status.resourceExhausted,
    ],
    [
      "an encoding that was not announced",
      (id) => [headersFrame(id, { ...headers, "grpc-encoding": "br" }), dataFrame(id, Buffer.of(1, 0, 0, 0, 1, 0))],
      Status.internal,
    ],
  ])("%s: an idempotent call is executed once, and the connection stays", async (_, frames, code) => {
    await using bench = new Bench();
    const asked: number[] = [];
    const peer = await bench.use(
      framePeer({
        // The first response follows the acknowledgement of SETTINGS, before which a limit need not hold.
        onRequest: ({ send: say, streams }, id) => {
          if (streams.length === 1) return say(...error(id, "200", { "grpc-status": "5" }));
          asked.push(id);
          say(...frames(id));
        },
      }),
    );
    const channel = await bench.connect([peer]);
    await send(channel).ended();
    const call = send(channel, IDEMPOTENT);
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    expect(call.error).toMatchObject({ code });
    expect([asked.length, peer.accepted]).toEqual([1, 1]);
  });

  test("request headers above the server's limit end their call before it is sent; 20 others continue", async () => {
    await using bench = new Bench();
    const server = await bench.serve({ maxHeaderListBytes: 16_384 });
    const channel = await bench.connect([server]);
    const others = Array.from({ length: 20 }, () => send(channel));
    const metadata = Metadata.from([["x-big", "~".repeat(20 * 1_024)]]);
    const error = await send(channel, IDEMPOTENT, { metadata }).ended();
    expect(error).toMatchObject({ code: Status.resourceExhausted, maybeProcessed: false });
    expect(error?.message).toContain(`${server.address} takes at most 16384`);
    for (const call of others) expect(await call.ended()).toBeUndefined();
    expect([server.calls, server.connections]).toEqual([20, 1]);
  });
});
