// Connections have a maximum age, so that clients which resolve only when they connect find new servers.
import { once } from "node:events";
import { constants } from "node:http2";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { closed, RawClient, statusOf } from "./raw-client.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

const MINUTE_MS = 60_000;

const echo = service(Echo, {
  unary: (text) => text,
  async *serverStream(_, { signal }) {
    yield { value: "started" };
    await once(signal, "abort");
  },
});

test("a connection of 5 min ±10 % gets GOAWAY max_age, and a stream on it has 10 min more", async () => {
  const clock = new FakeClock();
  await using server = await serveOnLoopback({ clock, services: [echo] });
  using client = new RawClient(server.port);
  const stream = client.open("/test.Echo/ServerStream");
  stream.resume().end(Buffer.alloc(5));
  await once(stream, "response");

  clock.advance(4.5 * MINUTE_MS - 1);
  expect(statusOf(await client.call("/test.Echo/Unary"))).toBe(status.OK);
  const goAway = once(client.session, "goaway");
  clock.advance(MINUTE_MS + 2);
  const [code, , debugData] = await goAway;
  expect([code, String(debugData)]).toEqual([constants.NGHTTP2_NO_ERROR, "max_age"]);

  clock.advance(8 * MINUTE_MS);
  expect(stream.closed).toBe(false);
  const end = closed(stream);
  clock.advance(3 * MINUTE_MS);
  await end;
  using next = new RawClient(server.port);
  expect(statusOf(await next.call("/test.Echo/Unary"))).toBe(status.OK);
});
