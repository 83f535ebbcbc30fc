/** The client's receive windows: what it announces, when they grow, and how far. */

import { until } from "@agent-team/test-support/until";
import { afterEach, expect, test } from "vitest";
import { dataFrame, pingFrame, settingsFrame, windowUpdateFrame } from "../src/build-frame.ts";
import { FrameFlag, FrameType, SettingId } from "../src/constants.ts";
import { Clients, open, request } from "./support/client.ts";
import { type Frame, type FrameConnection, headersFrame, OK } from "./support/frame-peer.ts";

const clients = new Clients();
afterEach(() => clients.stop());

const BLOCK = Buffer.alloc(16_384);
const MIB = 1 << 20;

async function connected() {
  const client = await clients.withPeer();
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  return client;
}

/** Sends DATA on a stream, in full frames. */
function sendData(peer: FrameConnection, streamId: number, bytes: number): void {
  for (let at = 0; at < bytes; at += BLOCK.length) peer.send(dataFrame(streamId, BLOCK));
}

function isData({ type }: Frame): boolean {
  return type === FrameType.data;
}

/** The values of one setting in all SETTINGS of the client, in order. */
function announced(peer: FrameConnection, id: number): number[] {
  const frames = peer.frames.filter(({ type, flags }) => type === FrameType.settings && (flags & FrameFlag.ack) === 0);
  return frames.flatMap(({ payload }) =>
    Array.from({ length: payload.length / 6 }, (_, i) => [payload.readUInt16BE(6 * i), payload.readUInt32BE(6 * i + 2)])
      .filter(([each]) => each === id)
      .map(([, value]) => value as number),
  );
}

/** What a stream's window, or the connection's (0), has been given by WINDOW_UPDATE. */
function granted(peer: FrameConnection, streamId: number): number {
  return peer.frames
    .filter((frame) => frame.type === FrameType.windowUpdate && frame.streamId === streamId)
    .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
}

test("the first bytes are the preface, SETTINGS and the connection's window, in one write", async () => {
  const client = await clients.withPeer();
  await until(() => client.peer.frames.length >= 2, "they come");
  expect(client.peer.frames.map(({ type }) => type)).toEqual([FrameType.settings, FrameType.windowUpdate]);
  expect(announced(client.peer, SettingId.enablePush)).toEqual([0]);
  expect(announced(client.peer, SettingId.initialWindowSize)).toEqual([MIB]);
  expect(announced(client.peer, SettingId.maxHeaderListSize)).toEqual([65_536]);
  expect(granted(client.peer, 0)).toBe(4 * MIB - 65_535);
  expect(client.socket.bytesWritten).toBe(24 + 9 + 18 + 13);
});

test("a window is announced again when half of it has been read", async () => {
  const client = await connected();
  const { peer } = client;
  const { events } = request(client);
  peer.send(headersFrame(1, OK));
  sendData(peer, 1, MIB / 2 - BLOCK.length);
  await until(() => events.bytes === MIB / 2 - BLOCK.length, "the data has come");
  expect(granted(peer, 1)).toBe(0);
  sendData(peer, 1, BLOCK.length);
  await until(() => granted(peer, 1) === MIB / 2, "WINDOW_UPDATE");
});

test("data that a listener does not read is not announced on its stream", async () => {
  const client = await connected();
  const { peer, connection } = client;
  const { stream, events } = open(client);
  stream.pause();
  peer.send(headersFrame(1, OK));
  sendData(peer, 1, MIB);
  peer.send(pingFrame(Buffer.from("all here")));
  await until(
    () => peer.frames.some(({ type, flags }) => type === FrameType.ping && flags === FrameFlag.ack),
    "all has come",
  );
  expect([events.bytes, granted(peer, 1)]).toEqual([0, 0]);
  stream.resume();
  await until(() => granted(peer, 1) === MIB, "WINDOW_UPDATE");
  expect([events.bytes, connection.isOpen]).toEqual([MIB, true]);
});

test("windows grow to twice what comes in a round trip, up to 16 and 32 MiB, for open and for new streams", async () => {
  const client = await connected();
  const { peer, connection } = client;
  request(client);
  peer.send(headersFrame(1, OK));
  let window = MIB;
  while (window < 16 * MIB) {
    sendData(peer, 1, window / 2);
    const ping = await peer.next(FrameType.ping);
    // A whole window comes before the acknowledgement, 20 ms later.
    sendData(peer, 1, window);
    clients.nowMs += 20;
    peer.send(pingFrame(ping.payload, { ack: true }));
    const before = window;
    await until(() => (announced(peer, SettingId.initialWindowSize).at(-1) as number) > before, "the window grows");
    window = announced(peer, SettingId.initialWindowSize).at(-1) as number;
    expect(window).toBeGreaterThanOrEqual(Math.min(16 * MIB, 2 * before));
  }
  expect(window).toBe(16 * MIB);
  const second = open(client);
  second.stream.pause();
  peer.send(headersFrame(3, OK));
  sendData(peer, 3, 16 * MIB); // all of its window
  peer.send(dataFrame(1, BLOCK, { endStream: true }));
  await until(() => connection.openStreams === 1, "all has come");
  expect(second.events.abort).toBeUndefined();
});

test("a connection whose data comes slowly is asked less and less", async () => {
  const client = await connected();
  const { peer } = client;
  request(client);
  peer.send(headersFrame(1, OK));
  let pings = 0;
  for (let i = 0; i < 64; i++) {
    sendData(peer, 1, MIB / 2);
    peer.send(pingFrame(Buffer.alloc(8, i)));
    await until(
      () =>
        peer.frames.filter(({ type, flags }) => type === FrameType.ping && flags === FrameFlag.ack).length === i + 1,
      "all has come",
    );
    const asked = peer.frames.filter(({ type, flags }) => type === FrameType.ping && flags === 0);
    clients.nowMs += 20;
    for (const { payload } of asked.slice(pings)) peer.send(pingFrame(payload, { ack: true }));
    pings = asked.length;
  }
  // After 0.5, 1, 2, 4 and 8 MiB, and once more in the rest of the 32.
  expect(pings).toBe(6);
  expect(announced(peer, SettingId.initialWindowSize)).toEqual([MIB]);
});

test("one-byte frames that wait for a listener are copied together", async () => {
  const client = await connected();
  const { peer } = client;
  const { stream, events } = request(client);
  stream.pause();
  peer.send(headersFrame(1, OK));
  const frame = dataFrame(1, Buffer.from("x"));
  for (let sent = 0; sent < 8; sent++) peer.send(...Array<Uint8Array>(BLOCK.length).fill(frame));
  peer.send(headersFrame(1, [["grpc-status", "0"]], { endStream: true }));
  await until(() => events.trailers !== undefined, "all has come");
  expect(events.bytes).toBe(0);
  stream.resume();
  expect(events.ended).toBe(true);
  expect(events.text).toBe("x".repeat(8 * BLOCK.length));
  expect(events.parts.length, "parts").toBeLessThan(20);
});

test("a small part that waits does not keep the chunk in which it came", async () => {
  const client = await connected();
  const { peer } = client;
  const waiting = request(client);
  const reading = request(client);
  waiting.stream.pause();
  peer.send(headersFrame(1, OK), headersFrame(3, OK), dataFrame(1, Buffer.alloc(2_000)), dataFrame(3, BLOCK));
  await until(() => reading.events.bytes === BLOCK.length, "all has come");
  waiting.stream.resume();
  expect(waiting.events.parts.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual([[2_000, 2_000]]);
});

test("a message within the peer's windows is sent as fast as the socket takes it, without a frame of the peer", async () => {
  const client = await clients.withPeer();
  const { peer } = client;
  peer.send(settingsFrame([[SettingId.initialWindowSize, 4 * MIB]]), windowUpdateFrame(0, 4 * MIB));
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  open(client).stream.send(Buffer.alloc(2 * MIB), true);
  const sent = (): number => peer.frames.filter(isData).reduce((sum, { payload }) => sum + payload.length, 0);
  await until(() => sent() === 2 * MIB, "all of it comes");
});

test("a prefix and its bytes are one, whether they can be sent at once or wait for the window", async () => {
  const client = await clients.withPeer();
  const { peer } = client;
  peer.send(settingsFrame([[SettingId.initialWindowSize, 10]]));
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  const { stream } = open(client);
  const prefix = Buffer.from("1:");
  stream.sendPrefixed(prefix, Buffer.from("at once"), false);
  prefix.write("2:");
  stream.sendPrefixed(prefix, Buffer.from("later"), true);
  prefix.write("3:");
  const text = (): string => Buffer.concat(peer.frames.filter(isData).map(({ payload }) => payload)).toString();
  await until(() => text() === "1:at once2", "the window is used up");
  peer.send(windowUpdateFrame(1, 100));
  await until(() => text() === "1:at once2:later", "the rest comes");
  expect(peer.frames.findLast(isData)?.flags).toBe(FrameFlag.endStream);
});
