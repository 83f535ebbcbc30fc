/** A peer that breaks HTTP/2: what it gets as an answer, and what it breaks. Codes and sections are RFC 9113's. */

import { turns, until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import {
  buildFrame,
  dataFrame,
  headersFrame as frameOfBlock,
  goawayFrame,
  pingFrame,
  rstStreamFrame,
  settingsFrame,
  windowUpdateFrame,
} from "../src/build-frame.ts";
import { ErrorCode, FrameType, SettingId } from "../src/constants.ts";
import { type Client, Clients, open, request } from "./support/client.ts";
import { errorCodeOf, type FrameConnection, headersFrame, OK } from "./support/frame-peer.ts";

const clients = new Clients();
afterEach(() => clients.stop());

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** A ready client with two open streams, 1 and 3, and its peer. */
async function opened(): Promise<
  Client & {
    readonly peer: FrameConnection;
    readonly one: ReturnType<typeof open>;
    readonly three: ReturnType<typeof open>;
  }
> {
  const client = await clients.withPeer();
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  return { ...client, one: request(client), three: request(client) };
}

describe("ends the connection with GOAWAY, and its streams are lost", () => {
  const window = (id: number, increment: number): Uint8Array => windowUpdateFrame(id, increment);
  test.each<[string, number, readonly Uint8Array[]]>([
    ["5.1: DATA on an idle stream", ErrorCode.protocolError, [dataFrame(5, bytes("x"))]],
    ["5.1: HEADERS on an idle stream", ErrorCode.protocolError, [headersFrame(5, OK)]],
    ["5.1.1: HEADERS on a stream of the server", ErrorCode.protocolError, [headersFrame(2, OK)]],
    ["5.1: RST_STREAM on an idle stream", ErrorCode.protocolError, [rstStreamFrame(5, 8)]],
    ["5.1: WINDOW_UPDATE on an idle stream", ErrorCode.protocolError, [window(5, 1)]],
    ["6.5.2: push", ErrorCode.protocolError, [settingsFrame([[SettingId.enablePush, 1]])]],
    [
      "6.5.2: a window above 2³¹ − 1",
      ErrorCode.flowControlError,
      [settingsFrame([[SettingId.initialWindowSize, 0x8000_0000]])],
    ],
    ["6.9.1: the connection's window too large", ErrorCode.flowControlError, [window(0, 0x7fff_ffff)]],
    [
      "6.9.2: a stream's window too large by SETTINGS",
      ErrorCode.flowControlError,
      [window(1, 0x7fff_ffff - 65_535), settingsFrame([[SettingId.initialWindowSize, 65_536]])],
    ],
    ["4.3: a header block that is not HPACK", ErrorCode.compressionError, [frameOfBlock(1, Buffer.of(0x80))]],
    ["4.2: a frame above 16,384 bytes", ErrorCode.frameSizeError, [dataFrame(1, Buffer.alloc(16_385))]],
    ["6.8: a GOAWAY of 7 bytes", ErrorCode.frameSizeError, [buildFrame(FrameType.goaway, 0, 0, Buffer.alloc(7))]],
    [
      "6.10: HEADERS that another frame interrupts",
      ErrorCode.protocolError,
      [frameOfBlock(1, bytes(""), { endHeaders: false }), pingFrame(Buffer.alloc(8))],
    ],
  ])("%s", async (_, code, frames) => {
    const { peer, listener, one, three } = await opened();
    peer.send(...frames);
    const goaway = await peer.next(FrameType.goaway);
    expect(errorCodeOf(goaway)).toBe(code);
    expect(goaway.payload.readUInt32BE(0), "last stream id: the server has opened none").toBe(0);
    expect(await listener.closed()).toMatchObject({ name: "Http2Error", code });
    expect([one.events.abort, three.events.abort]).toMatchObject([
      { kind: "lost", reason: { code } },
      { kind: "lost", reason: { code } },
    ]);
    await until(() => peer.closed, "the socket closes");
  });

  /** A client with more bytes under way than the kernel takes, under a peer that has stopped to read, and has just broken HTTP/2. */
  async function stuck(): Promise<Client & { readonly peer: FrameConnection }> {
    const client = await opened();
    const { peer, socket } = client;
    peer.send(settingsFrame([[SettingId.initialWindowSize, 0x7fff_ffff]]), window(0, 0x7fff_0000));
    const { stream } = open(client);
    peer.pause();
    stream.send(Buffer.alloc(32 << 20), false);
    await until(() => socket.writableLength > 0, "the kernel takes no more");
    peer.send(dataFrame(99, bytes("x")));
    await client.listener.closed();
    return client;
  }

  test("5.4.1: GOAWAY is sent behind bytes that wait, and comes when the peer reads them", async () => {
    const { peer } = await stuck();
    peer.resume();
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.protocolError);
    await until(() => peer.closed, "the socket closes");
  });

  test("a peer that goes on writing and reads nothing keeps the socket for one second", async () => {
    const { peer, socket } = await stuck();
    peer.send(pingFrame(Buffer.alloc(8)));
    await turns(100);
    expect(socket.destroyed).toBe(false);
    clients.nowMs += 1_000;
    peer.send(pingFrame(Buffer.alloc(8)));
    await until(() => socket.destroyed, "the socket is destroyed");
  });
});

describe("6.5.3: the values of a SETTINGS frame in their order", () => {
  test("of several table sizes the smallest is signalled too", async () => {
    const { peer, ...client } = await opened();
    // Before these SETTINGS there are two blocks, with entries in the table.
    const sizes = [4_096, 0, 4_096].map((size) => [SettingId.headerTableSize, size] as const);
    peer.send(settingsFrame(sizes));
    await until(() => client.listener.settings === 2, "SETTINGS have come");
    request(client);
    const headers = peer.frames.filter(({ type }) => type === FrameType.headers);
    expect(headers).toHaveLength(2);
    for (let i = 0; i < 2; i++) await peer.next(FrameType.headers);
    const { payload } = await peer.next(FrameType.headers);
    // RFC 7541 6.3: 001 and the size in 5 bits: 0, then 31 + 97 + 31 · 128.
    expect(payload.subarray(0, 4).toString("hex")).toBe("203fe11f");
  });
});

describe("ends its stream with RST_STREAM, and the other one goes on", () => {
  const many = Array.from({ length: 20 }, (_, i) => [`x-${i}`, "v".repeat(4_000)] as const);
  const padding = buildFrame(FrameType.data, 0x8, 1, Buffer.concat([Buffer.of(200), Buffer.alloc(200)]));
  test.each<[string, number, readonly Uint8Array[]]>([
    ["8.1.1: DATA before HEADERS", ErrorCode.protocolError, [dataFrame(1, bytes("x"))]],
    ["8.3.2: a response without :status", ErrorCode.protocolError, [headersFrame(1, [["server", "x"]])]],
    ["8.3.2: a :status that is no number", ErrorCode.protocolError, [headersFrame(1, [[":status", "abc"]])]],
    [
      "8.3: :status behind a field",
      ErrorCode.protocolError,
      [
        headersFrame(1, [
          ["server", "x"],
          [":status", "200"],
        ]),
      ],
    ],
    ["8.3: :status twice", ErrorCode.protocolError, [headersFrame(1, [...OK, [":status", "200"]])]],
    [
      "8.3: a pseudo-header field of requests",
      ErrorCode.protocolError,
      [
        headersFrame(1, [
          [":status", "200"],
          [":path", "/"],
        ]),
      ],
    ],
    ["8.6: status 101", ErrorCode.protocolError, [headersFrame(1, [[":status", "101"]])]],
    [
      "8.1: an informational status that ends",
      ErrorCode.protocolError,
      [headersFrame(1, [[":status", "103"]], { endStream: true })],
    ],
    ["8.2.1: upper case", ErrorCode.protocolError, [headersFrame(1, [...OK, ["X-Up", "1"]])]],
    ["8.2.1: a line feed", ErrorCode.protocolError, [headersFrame(1, [...OK, ["x", "a\nb"]])]],
    ["8.2.1: a space at the end", ErrorCode.protocolError, [headersFrame(1, [...OK, ["x", "a "]])]],
    ["8.2.2: connection", ErrorCode.protocolError, [headersFrame(1, [...OK, ["connection", "close"]])]],
    ["8.2.2: te", ErrorCode.protocolError, [headersFrame(1, [...OK, ["te", "gzip"]])]],
    ["8.1: trailers without END_STREAM", ErrorCode.protocolError, [headersFrame(1, OK), headersFrame(1, [["x", "1"]])]],
    [
      "8.1: :status in trailers",
      ErrorCode.protocolError,
      [headersFrame(1, OK), headersFrame(1, OK, { endStream: true })],
    ],
    [
      "8.1.1: content-length that is too small",
      ErrorCode.protocolError,
      [headersFrame(1, [...OK, ["content-length", "3"]]), dataFrame(1, bytes("four"), { endStream: true })],
    ],
    [
      "8.1.1: content-length that is too large",
      ErrorCode.protocolError,
      [
        headersFrame(1, [...OK, ["content-length", "5"]]),
        dataFrame(1, bytes("four")),
        headersFrame(1, [["x", "1"]], { endStream: true }),
      ],
    ],
    [
      "8.1.1: two content-lengths",
      ErrorCode.protocolError,
      [headersFrame(1, [...OK, ["content-length", "3"], ["content-length", "4"]])],
    ],
    ["10.5.1: a header list that is too large", ErrorCode.enhanceYourCalm, [headersFrame(1, [...OK, ...many])]],
    ["6.9: WINDOW_UPDATE of 0", ErrorCode.protocolError, [windowUpdateFrame(1, 0)]],
    ["6.9.1: a window that is too large", ErrorCode.flowControlError, [windowUpdateFrame(1, 0x7fff_ffff)]],
    ["6.3: PRIORITY of four bytes", ErrorCode.frameSizeError, [buildFrame(FrameType.priority, 0, 1, Buffer.alloc(4))]],
    [
      "6.9.1: more than the stream's window, padding included",
      ErrorCode.flowControlError,
      [headersFrame(1, OK), ...Array.from({ length: 64 }, () => dataFrame(1, Buffer.alloc(16_384))), padding],
    ],
  ])("%s", async (_, code, frames) => {
    const { peer, connection, one, three } = await opened();
    one.stream.pause(); // so that the windows stay as they are
    peer.send(...frames);
    const reset = await peer.next(FrameType.rstStream);
    expect([reset.streamId, errorCodeOf(reset)]).toEqual([1, code]);
    await until(() => one.events.abort !== undefined, "the stream has ended");
    expect(one.events.abort).toMatchObject({ kind: "violation", error: { code } });
    peer.send(headersFrame(3, OK), dataFrame(3, bytes("fine"), { endStream: true }));
    expect((await three.events.finished()).text).toBe("fine");
    expect(connection.openStreams).toBe(0);
  });

  test.each([
    ["DATA", dataFrame(1, bytes("x"))],
    ["HEADERS", headersFrame(1, [["x", "1"]], { endStream: true })],
  ])(
    "5.1, half-closed (remote): %s behind END_STREAM is STREAM_CLOSED, and the response stays good",
    async (_, frame) => {
      const client = await clients.withPeer();
      client.peer.send(settingsFrame());
      await until(() => client.connection.hasRoom, "SETTINGS have come");
      const { events } = open(client); // this side has not ended
      client.peer.send(headersFrame(1, OK), dataFrame(1, bytes("all"), { endStream: true }), frame);
      const reset = await client.peer.next(FrameType.rstStream);
      expect([reset.streamId, errorCodeOf(reset)]).toEqual([1, ErrorCode.streamClosed]);
      expect([events.text, events.ended, events.abort]).toEqual(["all", true, undefined]);
    },
  );
});

describe("is tolerated", () => {
  test("frames on a stream that this side has reset: they count for the connection's window alone", async () => {
    const { peer, connection, one, three } = await opened();
    one.stream.reset(8);
    await peer.next(FrameType.rstStream);
    // As much as the connection's window in all, so that it must be announced again.
    peer.send(headersFrame(1, OK));
    for (let i = 0; i < 256; i++) peer.send(dataFrame(1, Buffer.alloc(16_384 - 1)));
    peer.send(windowUpdateFrame(1, 5), rstStreamFrame(1, 0), headersFrame(1, [["x", "1"]], { endStream: true }));
    peer.send(headersFrame(3, OK), dataFrame(3, bytes("fine"), { endStream: true }));
    expect((await three.events.finished()).text).toBe("fine");
    expect([one.events.headers, one.events.bytes, connection.isOpen]).toEqual([undefined, 0, true]);
  });

  test("RST_STREAM with NO_ERROR behind a whole response, while this side still sends", async () => {
    const { peer, connection } = await opened();
    const client = { connection } as Client;
    const { events } = open(client);
    peer.send(headersFrame(5, OK), dataFrame(5, bytes("all"), { endStream: true }), rstStreamFrame(5, 0));
    await until(() => connection.openStreams === 2, "the stream has closed");
    expect([events.text, events.ended, events.abort]).toEqual(["all", true, undefined]);
  });

  test("GOAWAY twice, and streams above the last id are refused at once", async () => {
    const { peer, listener, one, three } = await opened();
    peer.send(goawayFrame(0x7fff_ffff, 0), goawayFrame(1, 0, "bye"));
    expect((await three.events.finished()).abort).toEqual({ kind: "refused" });
    expect(listener.goaways.map(({ lastStreamId }) => lastStreamId)).toEqual([0x7fff_ffff, 1]);
    peer.send(headersFrame(1, OK), dataFrame(1, bytes("done"), { endStream: true }));
    expect((await one.events.finished()).text).toBe("done");
    expect(await listener.closed()).toBeUndefined();
  });

  test("a GOAWAY with an error does not end the streams that the server still answers", async () => {
    const { peer, listener, one, three } = await opened();
    peer.send(goawayFrame(1, ErrorCode.enhanceYourCalm, "too_many_pings"));
    expect((await three.events.finished()).abort).toEqual({ kind: "refused" });
    peer.send(headersFrame(1, OK), dataFrame(1, bytes("done"), { endStream: true }));
    expect((await one.events.finished()).text).toBe("done");
    expect(await listener.closed()).toMatchObject({ code: ErrorCode.enhanceYourCalm });
  });

  test("a window that SETTINGS make negative: nothing is sent until it is positive again", async () => {
    const client = await clients.withPeer();
    const { peer, connection } = client;
    peer.send(settingsFrame());
    await until(() => connection.hasRoom, "SETTINGS have come");
    const { stream } = open(client);
    stream.send(Buffer.alloc(100), false);
    await peer.next(FrameType.data);
    peer.send(settingsFrame([[SettingId.initialWindowSize, 50]]));
    await until(() => connection.peerSettings.initialWindowBytes === 50, "the window is −50");
    stream.send(Buffer.alloc(30), false);
    peer.send(windowUpdateFrame(1, 50), pingFrame(Buffer.alloc(8)));
    await peer.next(FrameType.ping);
    expect(peer.frames.filter(({ type }) => type === FrameType.data)).toHaveLength(1);
    peer.send(windowUpdateFrame(1, 10));
    expect((await peer.next(FrameType.data)).payload).toHaveLength(10);
    peer.send(windowUpdateFrame(1, 100));
    expect((await peer.next(FrameType.data)).payload).toHaveLength(20);
  });

  test("informational responses before the final one", async () => {
    const { peer, one } = await opened();
    peer.send(
      headersFrame(1, [[":status", "103"]]),
      headersFrame(1, OK),
      dataFrame(1, bytes("x"), { endStream: true }),
    );
    expect((await one.events.finished()).headers).toEqual(OK);
  });
});

test("fields that HTTP/2 does not allow are not sent, and the connection goes on", async () => {
  const client = await clients.withPeer();
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  expect(() => request(client, "", [["connection", "close"]])).toThrow("connection");
  expect(() => request(client, "", [["a b", "x"]])).toThrow("a b");
  request(client);
  expect((await client.peer.next(FrameType.headers)).streamId).toBe(1);
});

test("the last stream id can be used, and no other behind it", async () => {
  const client = await clients.withPeer({ firstStreamId: 0x7fff_ffff });
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  const { events } = request(client);
  expect(client.connection.hasRoom).toBe(false);
  client.peer.send(headersFrame(0x7fff_ffff, OK, { endStream: true }));
  await events.finished();
  expect(events.ended).toBe(true);
});

test("a fault of a listener ends the connection, and is not hidden", async () => {
  const { peer, connection, reads, one, three, listener } = await opened();
  const fault = new Error("a fault");
  one.events.onHeaders = () => {
    throw fault;
  };
  // In place of the process, which the error would end.
  const read = reads.receiver;
  let thrown: unknown;
  reads.receiver = (chunk) => {
    try {
      read(chunk);
    } catch (error) {
      thrown = error;
    }
  };
  peer.send(headersFrame(1, OK));
  await listener.closed();
  expect([thrown, connection.openStreams]).toEqual([fault, 0]);
  expect(three.events.abort).toMatchObject({ kind: "lost", reason: { cause: fault } });
  await turns(1);
});
