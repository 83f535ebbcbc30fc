/** An endpoint that admits few streams on a connection gets further connections, and gives them up when nothing needs them. */

import { SettingId, settingsFrame } from "@agent-team/http2";
import { expect, test } from "vitest";
import type { StubCall } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { type RecordedCall, STREAM, send } from "./support/calls.ts";
import { headersFrame } from "./support/frames.ts";
import { type FrameConnection, framePeer } from "./support/hostile-peers.ts";
import { turns, until } from "./support/until.ts";

const MAX_STREAMS = 10;
const OK = { ":status": "200", "content-type": "application/grpc", "grpc-status": "0" };

/** A bench with a server that keeps its streams open, until a test ends them. */
async function start(bench: Bench, options: Parameters<Bench["open"]>[1] = {}) {
  const held: StubCall[] = [];
  const server = await bench.serve({
    maxConcurrentStreams: MAX_STREAMS,
    handlers: { "*": (call) => void held.push(call) },
  });
  const channel = await bench.connect([server], options);
  return {
    server,
    channel,
    held,
    open: (count: number): RecordedCall[] => Array.from({ length: count }, () => send(channel, STREAM)),
    connections: (): number => channel.snapshot().tiers[0]?.endpoints[0]?.connections ?? 0,
    endAll: () => {
      for (const call of held.splice(0)) call.end();
    },
  };
}

test("the next connection is made at 90 % of the streams, up to four, and more calls wait", async () => {
  await using bench = new Bench();
  const { server, channel, held, open, connections, endAll } = await start(bench);
  const calls = open(8);
  await turns(50);
  expect(connections()).toBe(1);
  calls.push(...open(1));
  await until(() => server.connections === 2 && held.length === 9, "the second connection");
  calls.push(...open(32));
  await until(() => held.length === 40, "forty streams are open");
  await turns(50);
  expect([held.length, channel.snapshot().waitingCalls, connections()]).toEqual([40, 1, 4]);
  endAll();
  await until(() => held.length === 1, "the last call has got room");
  endAll();
  for (const call of calls) expect(await call.ended()).toBeUndefined();
});

test("a further connection that has been idle for a minute is closed", async () => {
  await using bench = new Bench();
  const { server, held, open, connections, endAll } = await start(bench);
  const calls = open(15);
  await until(() => held.length === 15, "fifteen streams are open");
  endAll();
  for (const call of calls) await call.ended();
  await turns(50);
  bench.clock.advance(120_000);
  await until(() => server.connections === 1, "the first one is left");
  expect(connections()).toBe(1);
});

test("when the current connection ends by GOAWAY, a further one is the current one, and the endpoint stays ready", async () => {
  await using bench = new Bench();
  const { server, held, open, connections, endAll } = await start(bench);
  const calls = open(15);
  await until(() => held.length === 15, "fifteen streams are open");
  await until(() => server.connections === 2, "on two connections");
  server.goaway();
  await until(() => bench.events.filter(({ type }) => type === "connection-draining").length === 2, "both drain");
  const more = open(5);
  await until(() => held.length === 20, "calls go on at once");
  endAll();
  for (const call of [...calls, ...more]) expect(await call.ended()).toBeUndefined();
  await until(() => connections() === 1, "the drained ones are closed");
});

test("with maxConnectionsPerEndpoint: 1 calls wait for room on the only connection", async () => {
  await using bench = new Bench();
  const { server, channel, held, open, endAll } = await start(bench, { maxConnectionsPerEndpoint: 1 });
  const calls = open(15);
  await until(() => held.length === MAX_STREAMS, "it is full");
  await turns(50);
  expect([server.connections, channel.snapshot().waitingCalls]).toEqual([1, 5]);
  endAll();
  await until(() => held.length === 5, "the others have got room");
  endAll();
  for (const call of calls) expect(await call.ended()).toBeUndefined();
});

test("when a further connection cannot be made, the first one goes on, and it is tried again a second later", async () => {
  await using bench = new Bench();
  const ids: number[] = [];
  let first: FrameConnection | undefined;
  const peer = await bench.use(
    framePeer({
      onConnect: (connection) => {
        first ??= connection;
        if (connection === first) connection.send(settingsFrame([[SettingId.maxConcurrentStreams, 1]]));
        else connection.end();
      },
      onRequest: (_, id) => void ids.push(id),
    }),
  );
  const channel = await bench.connect([peer]);
  const calls = [send(channel), send(channel)];
  await until(() => peer.accepted === 2 && peer.connections === 1, "the second connection has failed");
  const answer = (id: number): void => first?.send(headersFrame(id, OK, { endStream: true }));
  answer(ids[0] ?? 0);
  await until(() => ids.length === 2, "the second call has got the room of the first");
  await turns(50);
  expect(peer.accepted).toBe(2);
  bench.clock.advance(1_000);
  answer(ids[1] ?? 0);
  calls.push(send(channel));
  await until(() => peer.accepted === 3, "another try");
  await until(() => ids.length === 3, "the third call arrives");
  answer(ids[2] ?? 0);
  expect(bench.connectivity(peer)).toBe("ready");
});
