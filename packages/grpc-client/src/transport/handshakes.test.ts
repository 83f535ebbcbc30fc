import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { CERTIFICATE } from "../../test/support/certificate.ts";
import { RecordingListener } from "../../test/support/recorders.ts";
import { turns, until } from "../../test/support/until.ts";
import type { CreateTransport } from "../transport.ts";
import { Handshakes } from "./handshakes.ts";
import { NodeHttp2Transport } from "./node-http2.ts";
import { OwnHttp2Transport } from "./own-http2.ts";

/** Begins one that notes its number when it starts. */
function begin(handshakes: Handshakes, started: number[], number: number): () => void {
  return handshakes.begin(() => void started.push(number));
}

test("four run at once, and the next ones start in their order as places become free", () => {
  const clock = new FakeClock();
  const handshakes = new Handshakes(clock);
  const started: number[] = [];
  const ends = [1, 2, 3, 4, 5, 6, 7].map((number) => begin(handshakes, started, number));
  expect(started).toEqual([1, 2, 3, 4]);
  ends[4]?.(); // it gives up while it waits
  ends[1]?.();
  expect(started).toEqual([1, 2, 3, 4, 6]);
  for (const end of ends) end();
  for (const end of ends) end();
  expect(started).toEqual([1, 2, 3, 4, 6, 7]);
  expect(clock.pendingTimers).toBe(0);
});

test("one that takes longer than 250 ms gives its place to the next", () => {
  const clock = new FakeClock();
  const handshakes = new Handshakes(clock);
  const started: number[] = [];
  const ends = [1, 2, 3, 4, 5].map((number) => begin(handshakes, started, number));
  clock.advance(249);
  expect(started).toHaveLength(4);
  clock.advance(1);
  expect(started).toEqual([1, 2, 3, 4, 5]);
  for (const end of ends) end();
  expect(clock.pendingTimers).toBe(0);
});

const TRANSPORTS: readonly (readonly [string, CreateTransport])[] = [
  ["node:http2", (options, clock) => new NodeHttp2Transport(options, clock)],
  ["own", (options, clock) => new OwnHttp2Transport(options, clock)],
];

test.each(TRANSPORTS)(
  "over %s a peer gets four ClientHellos at once of ten connections, and more when some end",
  async (_, create) => {
    const clock = new FakeClock();
    const accepted: Socket[] = [];
    let hellos = 0;
    const server = createServer((socket) => {
      accepted.push(socket);
      socket.on("error", () => {});
      socket.once("data", () => hellos++);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const tls = { serverName: undefined, texts: { ca: CERTIFICATE, cert: undefined, key: undefined } };
    const transport = create(
      { authority: "peer.local", tls, connectTimeoutMs: 3_000, maxReceiveMessageBytes: 1 },
      clock,
    );
    const listeners = Array.from({ length: 10 }, () => new RecordingListener());
    const connections = listeners.map((listener) =>
      transport.connect({ host: "127.0.0.1", port, kind: "task", lane: 0 }, listener),
    );
    await until(
      () => accepted.length === 10 && hellos === 4,
      "all TCP connections are made, and four handshakes begun",
    );
    await turns(50);
    expect(hellos).toBe(4);
    clock.advance(250);
    await until(() => hellos === 8, "four more, while the first ones are silent");
    for (const connection of connections) connection.destroy(new Error("the test is over"));
    for (const listener of listeners) await listener.closed();
    expect(clock.pendingTimers).toBe(0);
    for (const socket of accepted) socket.destroy();
    server.close();
  },
);
