/**
 * Clients that try to cost a server memory or CPU: RFC 9113 10.5, and the attacks of the last years by their names. Each is stopped after a
 * bounded number of frames, the limit that stopped it is reported, and the calls of another connection go on.
 */

import { turns, until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import {
  buildFrame,
  CONNECTION_PREFACE,
  continuationFrame,
  dataFrame,
  headersFrame as frameOfBlock,
  pingFrame,
  rstStreamFrame,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "../src/build-frame.ts";
import { ErrorCode, FrameFlag, FrameType, SettingId } from "../src/constants.ts";
import { type Client, Clients, request } from "./support/client.ts";
import { errorCodeOf, headersFrame, POST, speakFrames } from "./support/frame-peer.ts";
import { echo, type RecordingServer, type ServerAndPeer, Servers } from "./support/server.ts";

const servers = new Servers();
const clients = new Clients();
afterEach(async () => {
  await clients.stop();
  await servers.stop();
});

/** A server with an attacker, who has one open stream, and with another client. */
async function attacked(): Promise<ServerAndPeer & { readonly neighbour: Client }> {
  const neighbour = await clients.ready(await servers.listen(echo));
  const peer = speakFrames(await servers.socket(await servers.listen()), 0);
  const server = servers.servers.at(-1) as RecordingServer;
  peer.send(CONNECTION_PREFACE, settingsFrame(), headersFrame(1, POST));
  await server.request(1);
  return { server, peer, neighbour };
}

async function answers(neighbour: Client): Promise<void> {
  expect((await request(neighbour, "fine").events.finished()).text).toBe("fine");
}

const times = (count: number, frame: Uint8Array): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => frame));

describe("a flood ends its connection by ENHANCE_YOUR_CALM:", () => {
  const empty = new Uint8Array();
  const padding = buildFrame(FrameType.data, FrameFlag.padded, 1, Buffer.concat([Buffer.of(9), Buffer.alloc(9)]));
  const opening = frameOfBlock(3, empty, { endHeaders: false });

  test.each<[string, Uint8Array, Uint8Array]>([
    ["PING (CVE-2019-9512)", empty, pingFrame(new Uint8Array(8))],
    ["acknowledgements of PINGs that were not sent", empty, pingFrame(new Uint8Array(8), { ack: true })],
    ["SETTINGS (CVE-2019-9515)", empty, settingsFrame([[SettingId.initialWindowSize, 1]])],
    ["empty SETTINGS", empty, settingsFrame()],
    ["acknowledgements of SETTINGS", empty, settingsAckFrame()],
    ["empty DATA (CVE-2019-9518)", empty, dataFrame(1, empty)],
    ["DATA with nothing but padding", empty, padding],
    ["empty CONTINUATION (CVE-2024-27316)", opening, continuationFrame(3, empty, { endHeaders: false })],
    ["small CONTINUATION", opening, continuationFrame(3, Buffer.alloc(60), { endHeaders: false })],
    ["CONTINUATION", opening, continuationFrame(3, Buffer.alloc(16_384), { endHeaders: false })],
    ["RST_STREAM on a closed stream", rstStreamFrame(1, 8), rstStreamFrame(1, 8)],
    ["trailers on a closed stream", rstStreamFrame(1, 8), headersFrame(1, [["x-a", "1"]], { endStream: true })],
    ["WINDOW_UPDATE", empty, windowUpdateFrame(0, 1)],
    ["PRIORITY (CVE-2019-9513)", empty, buildFrame(FrameType.priority, 0, 1, new Uint8Array(5))],
    ["frames of an unknown type", empty, buildFrame(0x99, 0, 0, empty)],
  ])("%s", async (_, first, frame) => {
    const { server, peer, neighbour } = await attacked();
    peer.send(first);
    const flood = times(256, frame);
    for (let burst = 0; burst < 40 && server.closes.length === 0; burst++) {
      peer.send(flood);
      await turns(1);
      if (burst % 8 === 0) await answers(neighbour);
    }
    expect(await server.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.enhanceYourCalm);
    expect(server.limits).toEqual(["frames"]);
    await answers(neighbour);
  });

  test("PINGs: the debug data is what gRPC clients ask less often for", async () => {
    const { peer } = await attacked();
    for (let burst = 0; burst < 20; burst++) {
      peer.send(times(256, pingFrame(new Uint8Array(8))));
      await turns(2);
    }
    expect((await peer.next(FrameType.goaway)).payload.toString("latin1", 8)).toBe("too_many_pings");
  });

  test("PINGs whose answers the client does not read", async () => {
    const { server, peer, neighbour } = await attacked();
    peer.pause();
    for (let burst = 0; burst < 10; burst++) peer.send(times(1_000, pingFrame(new Uint8Array(8))));
    expect(await server.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
    expect(server.socket.writableLength).toBeLessThan(100_000);
    await answers(neighbour);
  });

  test("a window that opens byte by byte (CVE-2019-9511)", async () => {
    const { server, peer, neighbour } = await attacked();
    peer.send(settingsFrame([[SettingId.initialWindowSize, 0]]), headersFrame(3, POST, { endStream: true }));
    const { stream } = await server.request(3);
    stream.send(Buffer.alloc(1 << 20), false);
    for (let burst = 0; burst < 10; burst++) peer.send(times(1_000, windowUpdateFrame(3, 1)));
    expect(await server.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
    await answers(neighbour);
  });
});

/** Opens streams by `frames` until the server refuses them, and then until it ends the connection. Open stream 1 goes on until then. */
async function resetRapidly(frames: (id: number) => readonly Uint8Array[]): Promise<void> {
  const { server, peer, neighbour } = await attacked();
  const refused = (): boolean => server.limits.includes("resets");
  let id = 3;
  for (let burst = 0; burst < 200 && !refused(); burst++) {
    const batch: Uint8Array[] = [];
    for (let i = 0; i < 100; i++, id += 2) batch.push(...frames(id));
    peer.send(...batch);
    await turns(1);
    if (burst % 20 === 0) await answers(neighbour);
  }
  await until(refused, "new streams are refused");
  expect(server.requests.length, "requests that were looked at").toBeLessThanOrEqual(10_101);
  // The open stream is not affected.
  peer.send(dataFrame(1, Buffer.from("fine"), { endStream: true }));
  expect((await (await server.request(1)).events.finished()).text).toBe("fine");

  for (let burst = 0; burst < 100 && server.closes.length === 0; burst++) {
    const batch: Uint8Array[] = [];
    for (let i = 0; i < 100; i++, id += 2) batch.push(...frames(id));
    peer.send(...batch);
    await turns(1);
  }
  expect(await server.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
  await answers(neighbour);
}

describe("resets above the rate are answered by refusing new streams, and then by ENHANCE_YOUR_CALM:", () => {
  test("rapid reset (CVE-2023-44487)", () => resetRapidly((id) => [headersFrame(id, POST), rstStreamFrame(id, 8)]));

  test("MadeYouReset (CVE-2025-8671), by a window of 0", () =>
    resetRapidly((id) => [headersFrame(id, POST), windowUpdateFrame(id, 0)]));

  test("MadeYouReset by DATA behind END_STREAM", () =>
    resetRapidly((id) => [headersFrame(id, POST, { endStream: true }), dataFrame(id, Buffer.of(1))]));

  test("malformed requests", () => resetRapidly((id) => [headersFrame(id, POST.slice(1))]));
});

test("a budget of resets comes back with time", async () => {
  const { server, peer } = await servers.withPeer();
  for (let id = 1; id < 20_100; id += 2) peer.send(headersFrame(id, POST), rstStreamFrame(id, 8));
  await until(() => server.limits.includes("resets"), "new streams are refused");
  servers.nowMs += 1_000;
  peer.send(headersFrame(30_001, POST, { endStream: true }));
  await server.request(30_001);
});

test("streams above MAX_CONCURRENT_STREAMS are refused for a while, and then the client has to be calm", async () => {
  const { server, peer } = await servers.withPeer({ maxConcurrentStreams: 10 });
  for (let id = 1; id < 12_000; id += 2) peer.send(headersFrame(id, POST));
  expect(await server.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
  expect(server.requests).toHaveLength(10);
  expect(new Set(server.limits)).toEqual(new Set(["streams", "frames"]));
});

test("a header list of megabytes by reference to the dynamic table (HPACK bomb) costs its stream alone", async () => {
  const { server, peer } = await servers.withPeer();
  const value = "v".repeat(3_900);
  const literal = Buffer.concat([
    Buffer.of(0x40, 1),
    Buffer.from("x"),
    Buffer.of(0x7f, 0xbd, 0x1d),
    Buffer.from(value),
  ]);
  peer.send(frameOfBlock(1, Buffer.concat([literal, Buffer.alloc(10_000, 0xbe)])));
  expect(errorCodeOf(await peer.next(FrameType.rstStream))).toBe(ErrorCode.enhanceYourCalm);
  expect(server.limits).toEqual(["header-list"]);
  peer.send(headersFrame(3, POST, { endStream: true }));
  await server.request(3);
});

test("a client that reads no response keeps no more than its windows and a write", async () => {
  const { server, peer, neighbour } = await attacked();
  const { stream } = await server.request(1);
  peer.pause();
  peer.send(windowUpdateFrame(0, 0x7fff_0000), windowUpdateFrame(1, 0x7fff_0000));
  await turns(5);
  let sent = 0;
  while (stream.send(Buffer.alloc(16_384), false) && sent < 100_000) sent++;
  expect(sent * 16_384).toBeLessThan(16 << 20);
  expect(server.socket.writableLength).toBeLessThan(1 << 20);
  await answers(neighbour);
});

test("a request of tiny DATA frames that its handler does not read takes few bytes for each", async () => {
  const { server, peer } = await servers.withPeer();
  peer.send(headersFrame(1, POST));
  const { stream, events } = await server.request(1);
  stream.pause();
  const before = process.memoryUsage();
  for (let burst = 0; burst < 20; burst++) {
    peer.send(times(5_000, dataFrame(1, Buffer.of(7))));
    await turns(2);
  }
  peer.send(dataFrame(1, Buffer.of(7), { endStream: true }));
  await until(() => stream.remoteEnded, "all has come");
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(32 << 20);
  stream.resume();
  expect([(await events.finished()).bytes, server.closes]).toEqual([100_001, []]);
});
