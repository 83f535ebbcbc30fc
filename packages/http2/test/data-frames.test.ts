/** Story: one read brings many DATA frames of a stream, as the messages of a server's stream come. What its listener does in the middle of them, and rules that they break. */

import { until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import { dataFrame, pingFrame, settingsFrame } from "../src/build-frame.ts";
import { ErrorCode, FrameFlag, FrameType } from "../src/constants.ts";
import type { HeaderField } from "../src/hpack/header-field.ts";
import { type Client, Clients, type Opened, open, request } from "./support/client.ts";
import { errorCodeOf, type FrameConnection, headersFrame, OK } from "./support/frame-peer.ts";

const clients = new Clients();
afterEach(() => clients.stop());

const WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 4 << 20;

const message = (text: string): Uint8Array => dataFrame(1, Buffer.from(text));
const letters = (text: string): readonly Uint8Array[] => [...text].map((letter) => message(letter));

/** A client whose peer has got its request on stream 1. */
async function connected(opening: (client: Client) => Opened = request) {
  const client = await clients.withPeer();
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  return { ...client, ...opening(client) };
}

/** Sends a PING and waits for its acknowledgement: the client has read everything before it. */
async function allRead(peer: FrameConnection): Promise<void> {
  const acks = (): number =>
    peer.frames.filter(({ type, flags }) => type === FrameType.ping && flags === FrameFlag.ack).length;
  const before = acks();
  peer.send(pingFrame(Buffer.alloc(8)));
  await until(() => acks() > before, "the client has read all");
}

/** What a window, or the connection's (0), has been given by WINDOW_UPDATE behind the first one. */
function granted(peer: FrameConnection, streamId: number): number {
  return peer.frames
    .filter((frame) => frame.type === FrameType.windowUpdate && frame.streamId === streamId)
    .slice(streamId === 0 ? 1 : 0)
    .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
}

/** Calls `act` once the listener has got so many parts, from within its `onData`. */
function afterParts({ events }: Opened, count: number, act: () => void): void {
  const onData = events.onData.bind(events);
  events.onData = (bytes, start, end) => {
    onData(bytes, start, end);
    if (events.parts.length === count) act();
  };
}

describe("a listener, in the middle of frames that come together,", () => {
  test("pauses: the rest waits, in order, until it reads on", async () => {
    const { peer, stream, events } = await connected();
    afterParts({ stream, events }, 2, () => stream.pause());
    peer.send(headersFrame(1, OK), ...letters("abcdef"));
    await allRead(peer);
    expect(events.text).toBe("ab");
    peer.send(...letters("gh"), dataFrame(1, Buffer.from("i"), { endStream: true }));
    await allRead(peer);
    expect(events.text).toBe("ab");
    stream.resume();
    expect([events.text, events.ended]).toEqual(["abcdefghi", true]);
  });

  test("pauses: what waits is announced to the connection alone", async () => {
    const { peer, stream, events } = await connected();
    const half = Array<Uint8Array>(WINDOW_BYTES / 2 / 8_192).fill(dataFrame(1, Buffer.alloc(8_192)));
    afterParts({ stream, events }, 1, () => stream.pause());
    peer.send(headersFrame(1, OK), ...half, ...half);
    await allRead(peer);
    expect([events.bytes, granted(peer, 1)]).toEqual([8_192, 0]);
    stream.resume();
    await until(() => granted(peer, 1) > 0, "WINDOW_UPDATE");
    await allRead(peer);
    expect(events.bytes).toBe(WINDOW_BYTES);
    expect(granted(peer, 1)).toBeGreaterThanOrEqual(WINDOW_BYTES / 2);
  });

  test("pauses and reads on at once: nothing is lost or changes its place", async () => {
    const { peer, stream, events } = await connected();
    for (const count of [1, 3]) {
      afterParts({ stream, events }, count, () => {
        stream.pause();
        stream.resume();
      });
    }
    peer.send(headersFrame(1, OK), ...letters("abcdef"));
    await allRead(peer);
    expect(events.text).toBe("abcdef");
  });

  test("resets the stream: it gets no more, and the connection's window is not used up", async () => {
    const { peer, connection, stream, events } = await connected();
    afterParts({ stream, events }, 2, () => stream.reset(ErrorCode.cancel));
    const frames = Array<Uint8Array>(CONNECTION_WINDOW_BYTES / 2 / 16_384).fill(dataFrame(1, Buffer.alloc(16_384)));
    peer.send(headersFrame(1, OK), ...frames);
    expect(errorCodeOf(await peer.next(FrameType.rstStream))).toBe(ErrorCode.cancel);
    await allRead(peer);
    expect([events.parts.length, connection.isOpen]).toEqual([2, true]);
    expect(granted(peer, 0)).toBe(CONNECTION_WINDOW_BYTES / 2);
  });

  test("pauses and resets the stream: what waited counts for the connection", async () => {
    const { peer, connection, stream, events } = await connected();
    afterParts({ stream, events }, 1, () => stream.pause());
    const frames = Array<Uint8Array>(63).fill(dataFrame(1, Buffer.alloc(16_384)));
    peer.send(headersFrame(1, OK), ...frames);
    await allRead(peer);
    stream.reset(ErrorCode.cancel);
    peer.send(...frames, ...frames);
    await allRead(peer);
    expect([events.parts.length, connection.isOpen]).toEqual([1, true]);
    expect(granted(peer, 0)).toBeGreaterThanOrEqual(CONNECTION_WINDOW_BYTES / 2);
  });

  test("closes the connection: it gets no more", async () => {
    const { peer, connection, listener, stream, events } = await connected();
    afterParts({ stream, events }, 2, () => connection.destroy());
    peer.send(headersFrame(1, OK), ...letters("abcdef"));
    await listener.closed();
    expect([events.text, events.abort?.kind]).toEqual(["ab", "lost"]);
  });
});

describe("frames that come together", () => {
  const promise = (bytes: number): readonly HeaderField[] => [...OK, ["content-length", String(bytes)]];
  const many = Array<Uint8Array>(129).fill(dataFrame(1, Buffer.alloc(8_192)));

  test.each<[string, number, readonly Uint8Array[]]>([
    ["6.9.1: more than the stream's window", ErrorCode.flowControlError, [headersFrame(1, OK), ...many]],
    ["8.1: before HEADERS", ErrorCode.protocolError, letters("ab")],
    ["8.1.1: more than content-length", ErrorCode.protocolError, [headersFrame(1, promise(2)), ...letters("abc")]],
  ])("%s end their stream, and nothing else", async (_, code, frames) => {
    const { peer, connection, stream, events } = await connected();
    stream.pause();
    const other = request({ connection } as Client);
    peer.send(...frames);
    const reset = await peer.next(FrameType.rstStream);
    expect([reset.streamId, errorCodeOf(reset)]).toEqual([1, code]);
    await until(() => events.abort !== undefined, "the stream has ended");
    expect([events.bytes, events.abort]).toMatchObject([0, { kind: "violation", error: { code } }]);
    peer.send(headersFrame(3, OK), dataFrame(3, Buffer.from("fine"), { endStream: true }));
    expect((await other.events.finished()).text).toBe("fine");
  });

  test("5.1: behind END_STREAM are STREAM_CLOSED, and the response stays good", async () => {
    const { peer, events } = await connected(open);
    peer.send(headersFrame(1, OK), dataFrame(1, Buffer.from("all"), { endStream: true }), ...letters("ab"));
    expect(errorCodeOf(await peer.next(FrameType.rstStream))).toBe(ErrorCode.streamClosed);
    expect([events.text, events.ended, events.abort]).toEqual(["all", true, undefined]);
  });

  test("5.1: on an idle stream end the connection", async () => {
    const { peer, listener, events } = await connected();
    const idle = dataFrame(5, Buffer.from("x"));
    peer.send(headersFrame(1, OK), ...letters("ab"), idle, idle);
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.protocolError);
    await listener.closed();
    expect([events.text, events.abort?.kind]).toEqual(["ab", "lost"]);
  });

  test("6.9.1: more than the connection's window end it, and no listener gets them", async () => {
    const { peer, listener, connection, events } = await connected();
    // Streams without a reader: the connection's window is announced again until 16 MiB wait.
    const others = Array.from({ length: 20 }, () => open({ connection } as Client));
    for (const { stream } of others) stream.pause();
    for (const { stream } of others) {
      peer.send(headersFrame(stream.id, OK), ...Array<Uint8Array>(64).fill(dataFrame(stream.id, Buffer.alloc(16_384))));
      await allRead(peer);
    }
    peer.send(headersFrame(1, OK), ...letters("abcdef"));
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.flowControlError);
    await listener.closed();
    expect([events.bytes, events.abort?.kind]).toEqual([0, "lost"]);
  });
});
