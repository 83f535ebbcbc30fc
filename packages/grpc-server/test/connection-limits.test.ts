// Connections in all, and connections without calls, are limited; calls of other connections go on.
import { once } from "node:events";
import { constants } from "node:http2";
import { connect } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { until } from "@agent-team/test-support/until";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { type ServeOptions, service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { RawSocket } from "./http-client.ts";
import { RawClient, statusOf } from "./raw-client.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

const echo = service(Echo, {
  unary: (text) => text,
  async *serverStream(_, { signal }) {
    yield { value: "started" };
    await once(signal, "abort");
  },
});

function serveEcho(options: Partial<ServeOptions>): Promise<LoopbackServer> {
  return serveOnLoopback({ services: [echo], ...options });
}

async function limited({ sidePort }: LoopbackServer, limit: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${sidePort}/metrics`)).text();
  return Number(new RegExp(`grpc_server_limited_total\\{limit="${limit}"\\} (\\d+)`).exec(metrics)?.[1]);
}

const calls = async (client: RawClient): Promise<number> => statusOf(await client.call("/test.Echo/Unary"));

test("one connection more than maxConnections gets GOAWAY, and the others go on; a freed place is used again", async () => {
  await using server = await serveEcho({ maxConnections: 2 });
  using first = new RawClient(server.port);
  const second = new RawClient(server.port);
  expect([await calls(first), await calls(second)]).toEqual([status.OK, status.OK]);

  using third = new RawClient(server.port);
  const [code, , debug] = (await once(third.session, "goaway")) as [number, number, Buffer];
  expect([code, String(debug)]).toEqual([constants.NGHTTP2_ENHANCE_YOUR_CALM, "too many connections"]);
  expect([await calls(first), await calls(second)]).toEqual([status.OK, status.OK]);
  expect(await limited(server, "connections")).toBe(1);

  second.session.destroy();
  await once(second.session, "close");
  let answered: number | undefined;
  for (let attempt = 0; attempt < 50 && answered !== status.OK; attempt += 1) {
    using next = new RawClient(server.port);
    answered = await calls(next);
  }
  expect(answered).toBe(status.OK);
});

test("one connection more than maxConnectionsPerAddress gets GOAWAY, and other addresses are served", async () => {
  await using server = await serveEcho({ maxConnectionsPerAddress: 1 });
  using first = new RawClient(server.port);
  expect(await calls(first)).toBe(status.OK);

  using second = new RawClient(server.port);
  const [code, , debug] = (await once(second.session, "goaway")) as [number, number, Buffer];
  expect([code, String(debug)]).toEqual([
    constants.NGHTTP2_ENHANCE_YOUR_CALM,
    "too many connections from this address",
  ]);
  using other = new RawClient(server.port, { localAddress: "127.0.0.2" });
  expect([await calls(first), await calls(other)]).toEqual([status.OK, status.OK]);
  expect(await limited(server, "connections-per-address")).toBe(1);
  const { log } = server;
  expect(log).toContainEqual(expect.objectContaining({ limit: "connections-per-address", level: "warn" }));
});

test("a flood of connections without a byte leaves the connections that are open alone", async () => {
  await using server = await serveEcho({ maxConnections: 20 });
  using client = new RawClient(server.port);
  expect(await calls(client)).toBe(status.OK);
  const flood = Array.from({ length: 200 }, () => new RawSocket(server.port));
  let refused = 0;
  for (const { received } of flood) void received.then(() => (refused += 1));
  expect(await calls(client)).toBe(status.OK);
  await until(() => refused === 181, "all but nineteen are refused");
  expect(await calls(client)).toBe(status.OK);
  expect(await limited(server, "connections")).toBe(181);
  for (const socket of flood) socket[Symbol.dispose]();
});

test("a client that is refused and keeps its side open loses its connection", async () => {
  await using server = await serveEcho({ maxConnections: 1 });
  using client = new RawClient(server.port);
  expect(await calls(client)).toBe(status.OK);

  const refused = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  refused.on("error", () => {}); // the server has closed what is written to
  await once(refused.resume(), "end");
  const isClosed = (): boolean => {
    refused.write("x");
    return refused.destroyed;
  };
  // It has 1 s to read GOAWAY, and not the 10 s of a client that is served.
  await vi.waitUntil(isClosed, { timeout: 5_000 });
  expect(await calls(client)).toBe(status.OK);
});

test("a port that serves browsers ends one connection too many without an answer", async () => {
  await using server = await serveEcho({ maxConnections: 1, protocols: ["grpc", "connect"] });
  using client = new RawClient(server.port);
  expect(await calls(client)).toBe(status.OK);
  using other = new RawSocket(server.port);
  expect(await other.received).toBe("");
  expect(await calls(client)).toBe(status.OK);
});

test("a connection without a call gets GOAWAY after maxConnectionIdleMs; one with a stream does not", async () => {
  const clock = new FakeClock(systemClock.wallNow());
  await using server = await serveEcho({ clock, maxConnectionIdleMs: 60_000 });
  using idle = new RawClient(server.port);
  using busy = new RawClient(server.port);
  expect(await calls(idle)).toBe(status.OK);
  const stream = busy.open("/test.Echo/ServerStream");
  stream.resume().end(Buffer.alloc(5));
  await once(stream, "response");

  clock.advance(60_000); // its call came in this time
  expect(await calls(idle)).toBe(status.OK);
  clock.advance(60_000);
  expect(await calls(idle)).toBe(status.OK);
  const goaway = once(idle.session, "goaway");
  clock.advance(60_000);
  clock.advance(60_000);
  const [code, , debug] = (await goaway) as [number, number, Buffer];
  expect([code, String(debug)]).toEqual([constants.NGHTTP2_NO_ERROR, "max_idle"]);
  await until(() => idle.session.closed || idle.session.destroyed, "the idle connection closes");
  expect(stream.closed).toBe(false);
  expect(await limited(server, "idle")).toBe(1);
});

test.for([
  [{ maxConnections: 0 }, "maxConnections: expected a whole number from 1 to 1000000, got 0"],
  [{ maxConnections: 1.5 }, "maxConnections: expected a whole number from 1 to 1000000, got 1.5"],
  [
    { maxConnectionsPerAddress: 0 },
    "maxConnectionsPerAddress: expected a whole number from 1 to 1000000, or Infinity, got 0",
  ],
  [{ maxConnectionIdleMs: 999 }, "maxConnectionIdleMs: expected 1000 or more milliseconds, got 999"],
  [{ maxConnectionIdleMs: Number.NaN }, "maxConnectionIdleMs: expected 1000 or more milliseconds, got NaN"],
] as const)("a limit out of its range is refused: %j", async ([options, message]) => {
  await expect(serveEcho(options)).rejects.toThrow(message);
});
