// The checks before gRPC: streams that are not calls, and calls that no ordinary client makes.
import { once } from "node:events";
import { type ClientHttp2Stream, constants } from "node:http2";
import { systemClock } from "@agent-team/foundation/clock";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { closed, RawClient, statusOf } from "./raw-client.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

/** Answers the time until the deadline, in seconds. */
const left = service(Echo, {
  unary: (_, context) => ({ value: String((context.timeoutMs() ?? Number.NaN) / 1_000) }),
});

const serveLeft = (): Promise<LoopbackServer> => serveOnLoopback({ services: [left] });

test.for([
  ["application/grpc", 200],
  ["Application/GRPC", 200],
  ["application/grpc+proto", 200],
  ["APPLICATION/GRPC+proto", 200],
  ["application/grpc;charset=utf-8", 200],
  ["application/grpcfoo", 415],
  ["application/grpc-web+proto", 415],
  ["application/json", 415],
  ["", 415],
  [undefined, 415],
] as const)("content-type %j is answered %i", async ([contentType, code]) => {
  await using server = await serveLeft();
  using client = new RawClient(server.port);
  const end = await client.call("/test.Echo/Unary", { "content-type": contentType });

  expect([end.headers[":status"], end.rstCode]).toEqual([code, 0]);
  if (code === 200) expect(statusOf(end)).toBe(status.OK);
});

test.for(["PUT", "X"])("the method %s is answered 405", async (method) => {
  await using server = await serveLeft();
  using client = new RawClient(server.port);

  expect((await client.call("/test.Echo/Unary", { ":method": method })).headers).toMatchObject({
    ":status": 405,
    allow: "POST",
  });
});

test.for(["/", "/test.Echo", "/test.Echo/", "/test.Echo/Unary/", "/test.echo/unary", "//", `/${"x".repeat(5_000)}`])(
  "the path %s is UNIMPLEMENTED, and a long path is cut in the answer",
  async (path) => {
    await using server = await serveLeft();
    using client = new RawClient(server.port);
    const end = await client.call(path);

    expect(statusOf(end)).toBe(status.UNIMPLEMENTED);
    expect(String(end.headers["grpc-message"]).length).toBeLessThan(300);
    expect(statusOf(await client.call("/test.Echo/Unary"))).toBe(status.OK);
  },
);

/** The longest time of 31 bits of milliseconds. */
const MAX_SECONDS = 2_147_483;

test.for([
  ["99999999H", MAX_SECONDS],
  ["1440H", MAX_SECONDS], // 60 days
  ["99999999M", MAX_SECONDS],
  ["99999999S", MAX_SECONDS],
  ["2147483S", 2_147_483],
  ["500H", 1_800_000],
  ["99999999m", 99_999.999],
  ["99999999u", 99.999999],
] as const)("grpc-timeout %s leaves %d s", async ([timeout, seconds]) => {
  await using server = await serveLeft();
  using client = new RawClient(server.port);
  const stream = client.open("/test.Echo/Unary", { "grpc-timeout": timeout });
  stream.end(Buffer.alloc(5));
  const [answer] = await stream.toArray();
  const text = Buffer.from(answer)
    .subarray(5 + 2)
    .toString();

  expect(Number(text)).toBeGreaterThan(seconds - 5);
  expect(Number(text)).toBeLessThanOrEqual(seconds);
});

test.for(["", "S", "1", "1s", "-1S", "1.5S", "123456789S", "1S2", "1 S", "NaN"])(
  "grpc-timeout %j is refused, and the connection continues",
  async (timeout) => {
    await using server = await serveLeft();
    using client = new RawClient(server.port);

    expect(statusOf(await client.call("/test.Echo/Unary", { "grpc-timeout": timeout }))).toBe(status.INTERNAL);
    expect(statusOf(await client.call("/test.Echo/Unary"))).toBe(status.OK);
  },
);

/** A streaming call that stays open until its client cancels, beside a unary call that echoes. */
const open = service(Echo, {
  unary: (text) => text,
  async *serverStream(_, { signal }) {
    yield { value: "started" };
    await once(signal, "abort");
  },
});

test("request metadata above 16 KiB ends only its own call", async () => {
  await using server = await serveOnLoopback({ services: [open] });
  using client = new RawClient(server.port);
  const neighbour = await begin(client); // its answer came after the server's SETTINGS
  for (const bytes of [20_000, 60_000]) {
    const end = await client.call("/test.Echo/Unary", { "x-big": "x".repeat(bytes) });
    expect(end.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  expect(statusOf(await client.call("/test.Echo/Unary", { "x-big": "x".repeat(15_000) }))).toBe(status.OK);
  expect([client.session.closed, neighbour.closed]).toEqual([false, false]);
});

test("3,000 quickly cancelled calls do not affect another call of their connection", async () => {
  await using server = await serveOnLoopback({ services: [open] });
  using client = new RawClient(server.port);
  const neighbour = await begin(client);
  await cancel(client, 3_000);

  expect(statusOf(await client.call("/test.Echo/Unary"))).toBe(status.OK);
  expect([client.session.closed, neighbour.closed]).toEqual([false, false]);
});

test("above the rate of resets new streams are refused, and open ones continue", async () => {
  const clock = { ...systemClock, now: () => 0 }; // no time passes, so the budget is not refilled
  await using server = await serveOnLoopback({ clock, services: [open] });
  using client = new RawClient(server.port);
  const neighbour = await begin(client);
  await cancel(client, 10_000);
  const end = await client.call("/test.Echo/Unary");

  expect(end.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM);
  expect([client.session.closed, neighbour.closed]).toEqual([false, false]);
  using other = new RawClient(server.port);
  expect(statusOf(await other.call("/test.Echo/Unary"))).toBe(status.OK);
});

/** A streaming call that has been answered and stays open. */
async function begin(client: RawClient): Promise<ClientHttp2Stream> {
  const stream = client.open("/test.Echo/ServerStream");
  stream.resume().end(Buffer.alloc(5));
  await once(stream, "response");
  return stream;
}

/** Opens calls and cancels them when their headers have arrived, 100 at a time. */
async function cancel(client: RawClient, times: number): Promise<void> {
  for (let count = 0; count < times; count += 100) {
    const streams = await Promise.all(Array.from({ length: 100 }, () => begin(client)));
    const ends = streams.map(closed);
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
    await Promise.all(ends);
  }
}
