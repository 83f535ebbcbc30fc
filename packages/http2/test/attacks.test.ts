/**
 * Peers that try to cost memory or CPU by frames that serve no call. Each one ends its own connection with ENHANCE_YOUR_CALM, after a
 * bounded number of frames, and the process's other connections go on. Honest peers that look alike go on, too.
 */

import { turns, until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import {
  buildFrame,
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
import { type Client, Clients, open, request } from "./support/client.ts";
import { errorCodeOf, type FrameConnection, headersFrame, OK } from "./support/frame-peer.ts";

const clients = new Clients();
afterEach(() => clients.stop());

async function connected(): Promise<Client & { readonly peer: FrameConnection }> {
  const client = await clients.withPeer();
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  return client;
}

/** Answers one call on a connection. */
async function answers({ connection, peer }: Client & { readonly peer: FrameConnection }): Promise<void> {
  const { events, stream } = request({ connection } as Client);
  peer.send(headersFrame(stream.id, OK), dataFrame(stream.id, Buffer.from("fine"), { endStream: true }));
  expect((await events.finished()).text).toBe("fine");
}

const times = (count: number, frame: Uint8Array): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => frame));

describe("a flood of", () => {
  const empty = new Uint8Array();
  const padding = buildFrame(FrameType.data, FrameFlag.padded, 1, Buffer.concat([Buffer.of(9), Buffer.alloc(9)]));
  const opening = frameOfBlock(1, empty, { endHeaders: false });

  test.each<[string, Uint8Array, Uint8Array]>([
    ["PING", empty, pingFrame(new Uint8Array(8))],
    ["acknowledgements of PINGs that were not sent", empty, pingFrame(new Uint8Array(8), { ack: true })],
    ["SETTINGS", empty, settingsFrame([[SettingId.initialWindowSize, 1]])],
    ["acknowledgements of SETTINGS", empty, settingsAckFrame()],
    ["empty DATA", headersFrame(1, OK), dataFrame(1, empty)],
    ["DATA with nothing but padding", headersFrame(1, OK), padding],
    ["empty CONTINUATION", opening, continuationFrame(1, empty, { endHeaders: false })],
    ["small CONTINUATION", opening, continuationFrame(1, Buffer.alloc(60), { endHeaders: false })],
    ["CONTINUATION", opening, continuationFrame(1, Buffer.alloc(16_384), { endHeaders: false })],
    ["RST_STREAM on a closed stream", empty, rstStreamFrame(1, 8)],
    ["empty DATA on a closed stream", rstStreamFrame(1, 8), dataFrame(1, empty)],
    ["HEADERS on a closed stream", rstStreamFrame(1, 8), headersFrame(1, OK)],
    ["informational responses", empty, headersFrame(1, [[":status", "103"]])],
    ["WINDOW_UPDATE", empty, windowUpdateFrame(0, 1)],
    ["PRIORITY", empty, buildFrame(FrameType.priority, 0, 1, new Uint8Array(5))],
    ["frames of an unknown type", empty, buildFrame(0x99, 0, 0, empty)],
  ])("%s", async (_, first, frame) => {
    const neighbour = await connected();
    const { peer, connection, listener } = await connected();
    const { events } = open({ connection } as Client);
    peer.send(first);
    const flood = times(256, frame);
    for (let burst = 0; burst < 40 && listener.closes.length === 0; burst++) {
      peer.send(flood);
      await turns(1);
    }
    expect(await listener.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.enhanceYourCalm);
    expect(events.abort).toBeDefined();
    await answers(neighbour);
  });

  test("windows that open byte by byte", async () => {
    const neighbour = await connected();
    const { peer, connection, listener } = await connected();
    peer.send(settingsFrame([[SettingId.initialWindowSize, 0]]));
    await until(() => connection.peerSettings.initialWindowBytes === 0, "the window is closed");
    const { stream } = open({ connection } as Client);
    stream.send(Buffer.alloc(1 << 20), true);
    const flood = times(1_000, windowUpdateFrame(stream.id, 1));
    for (let burst = 0; burst < 10; burst++) peer.send(flood);
    expect(await listener.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
    await answers(neighbour);
  });

  test("PINGs whose answers the peer does not read", async () => {
    const { peer, connection, listener, socket } = await connected();
    peer.pause();
    open({ connection } as Client);
    const flood = times(1_000, pingFrame(new Uint8Array(8)));
    for (let burst = 0; burst < 10; burst++) peer.send(flood);
    expect(await listener.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
    expect(socket.writableLength).toBeLessThan(100_000);
  });
});

describe("is no flood:", () => {
  test("a window that opens in small steps while much is sent", async () => {
    const client = await connected();
    const { peer, connection } = client;
    const { stream } = open(client);
    let sent = 0;
    for (let i = 0; i < 10_000; i++) {
      if (!stream.send(Buffer.alloc(1_024), false)) await until(() => peer.frames.length > sent, "DATA comes");
      sent = peer.frames.length;
      peer.send(windowUpdateFrame(0, 1_024), windowUpdateFrame(stream.id, 1_024));
      if (i % 100 === 0) await until(() => connection.isOpen, "a turn has passed");
    }
    expect(connection.isOpen).toBe(true);
    await answers(client);
  });

  test("calls that end in RST_STREAM, each behind a PING and a WINDOW_UPDATE", async () => {
    const client = await connected();
    const { peer, connection, listener } = client;
    for (let i = 0; i < 3_000; i++) {
      const { stream, events } = request(client);
      peer.send(
        pingFrame(new Uint8Array(8)),
        windowUpdateFrame(stream.id, 1),
        headersFrame(stream.id, [[":status", "103"]]),
        headersFrame(stream.id, OK),
        rstStreamFrame(stream.id, 8),
        rstStreamFrame(stream.id, 8),
      );
      if (i % 100 === 99) await events.finished();
    }
    await until(() => connection.openStreams === 0, "all have ended");
    expect(listener.closes).toEqual([]);
  });

  test("thousands of small parts of a response", async () => {
    const client = await connected();
    const { stream, events } = request(client);
    client.peer.send(headersFrame(stream.id, OK), times(20_000, dataFrame(stream.id, Buffer.of(7))));
    client.peer.send(dataFrame(stream.id, new Uint8Array(), { endStream: true }));
    expect((await events.finished()).bytes).toBe(20_000);
  });
});

test("a header list of megabytes by reference to the dynamic table costs no more than its limit, and its stream alone", async () => {
  const client = await connected();
  const { peer } = client;
  const [bomb, other] = [request(client), request(client)];
  // RFC 7541 6.2.1: a literal of 4,000 bytes becomes the newest entry; 6.1: each octet 0xbe is that entry again.
  const value = "v".repeat(3_900);
  const literal = Buffer.concat([
    Buffer.of(0x88, 0x40, 1),
    Buffer.from("x"),
    Buffer.of(0x7f, 0xbd, 0x1d),
    Buffer.from(value),
  ]);
  peer.send(frameOfBlock(bomb.stream.id, Buffer.concat([literal, Buffer.alloc(10_000, 0xbe)])));
  expect((await bomb.events.finished()).abort).toMatchObject({
    kind: "violation",
    error: { code: ErrorCode.enhanceYourCalm },
  });
  peer.send(headersFrame(other.stream.id, OK), dataFrame(other.stream.id, Buffer.from("fine"), { endStream: true }));
  expect((await other.events.finished()).text).toBe("fine");
});

test("bytes that come after the end of the connection are not kept", async () => {
  const { peer, listener, socket } = await connected();
  peer.send(pingFrame(new Uint8Array(7)));
  for (let i = 0; i < 100; i++) peer.send(new Uint8Array(65_536));
  expect(await listener.closed()).toMatchObject({ code: ErrorCode.frameSizeError });
  await until(() => socket.destroyed, "the socket is gone");
});
