/**
 * A client that breaks HTTP/2: the error that RFC 9113 names, on the stream where it says stream and on the connection where it says
 * connection. The cases are those of the RFC's sections, as h2spec has them.
 */

import { until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import {
  buildFrame,
  CONNECTION_PREFACE,
  continuationFrame,
  dataFrame,
  headersFrame as frameOfBlock,
  goawayFrame,
  pingFrame,
  rstStreamFrame,
  settingsFrame,
  windowUpdateFrame,
} from "../src/build-frame.ts";
import { ErrorCode, FrameFlag, FrameType, SettingId } from "../src/constants.ts";
import type { HeaderField } from "../src/hpack/header-field.ts";
import { errorCodeOf, headersFrame, POST, speakFrames } from "./support/frame-peer.ts";
import { type ServerAndPeer, Servers } from "./support/server.ts";

const servers = new Servers();
afterEach(() => servers.stop());

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const nothing = new Uint8Array();
const priority = (streamId: number, length = 5): Uint8Array =>
  buildFrame(FrameType.priority, 0, streamId, new Uint8Array(length));

/** A server with the streams 1, whose request is open, and 3, whose request has come whole. */
async function opened(): Promise<ServerAndPeer> {
  const both = await servers.withPeer();
  both.peer.send(headersFrame(1, POST), headersFrame(3, POST, { endStream: true }));
  await both.server.request(3);
  return both;
}

describe("is a connection error:", () => {
  test.each<[string, number, readonly Uint8Array[]]>([
    ["4.2: a frame above 16,384 bytes", ErrorCode.frameSizeError, [dataFrame(1, Buffer.alloc(16_385))]],
    ["4.2: HEADERS above 16,384 bytes", ErrorCode.frameSizeError, [frameOfBlock(5, Buffer.alloc(16_385))]],
    ["4.3: a header block that is not HPACK", ErrorCode.compressionError, [frameOfBlock(5, Buffer.of(0x80))]],
    ["4.3: trailers that are not HPACK", ErrorCode.compressionError, [frameOfBlock(1, Buffer.of(0xff, 0xff))]],
    [
      "4.3: a header block that another frame interrupts",
      ErrorCode.protocolError,
      [frameOfBlock(5, nothing, { endHeaders: false }), pingFrame(Buffer.alloc(8))],
    ],
    [
      "4.3: a header block that HEADERS of another stream interrupt",
      ErrorCode.protocolError,
      [frameOfBlock(5, nothing, { endHeaders: false }), headersFrame(7, POST)],
    ],
    [
      "4.3: a header block that a frame of an unknown type interrupts",
      ErrorCode.protocolError,
      [frameOfBlock(5, nothing, { endHeaders: false }), buildFrame(0x16, 0, 0, bytes("x"))],
    ],
    ["5.1: DATA on an idle stream", ErrorCode.protocolError, [dataFrame(5, bytes("x"))]],
    ["5.1: RST_STREAM on an idle stream", ErrorCode.protocolError, [rstStreamFrame(5, 8)]],
    ["5.1: WINDOW_UPDATE on an idle stream", ErrorCode.protocolError, [windowUpdateFrame(5, 1)]],
    ["5.1: CONTINUATION on an idle stream", ErrorCode.protocolError, [continuationFrame(5, nothing)]],
    ["5.1.1: a stream with an even id", ErrorCode.protocolError, [headersFrame(2, POST)]],
    [
      "5.1.1: a stream with a lower id than before",
      ErrorCode.protocolError,
      [headersFrame(7, POST), headersFrame(5, POST)],
    ],
    [
      "5.1.1: a request on a stream that is closed",
      ErrorCode.protocolError,
      [rstStreamFrame(1, 8), headersFrame(1, POST)],
    ],
    ["6.1: DATA on stream 0", ErrorCode.protocolError, [dataFrame(0, bytes("x"))]],
    [
      "6.1: DATA with more padding than payload",
      ErrorCode.protocolError,
      [buildFrame(FrameType.data, FrameFlag.padded, 1, Buffer.of(6, 1, 2, 3, 4))],
    ],
    ["6.2: HEADERS on stream 0", ErrorCode.protocolError, [headersFrame(0, POST)]],
    [
      "6.2: HEADERS with more padding than payload",
      ErrorCode.protocolError,
      [buildFrame(FrameType.headers, FrameFlag.padded | FrameFlag.endHeaders, 5, Buffer.of(6, 1, 2, 3, 4))],
    ],
    ["6.3: PRIORITY on stream 0", ErrorCode.protocolError, [priority(0)]],
    ["6.4: RST_STREAM on stream 0", ErrorCode.protocolError, [rstStreamFrame(0, 8)]],
    ["6.4: RST_STREAM of 3 bytes", ErrorCode.frameSizeError, [buildFrame(FrameType.rstStream, 0, 1, Buffer.alloc(3))]],
    ["6.5: SETTINGS on a stream", ErrorCode.protocolError, [buildFrame(FrameType.settings, 0, 1, nothing)]],
    ["6.5: SETTINGS of 5 bytes", ErrorCode.frameSizeError, [buildFrame(FrameType.settings, 0, 0, Buffer.alloc(5))]],
    [
      "6.5: an acknowledgement of SETTINGS with a payload",
      ErrorCode.frameSizeError,
      [buildFrame(FrameType.settings, FrameFlag.ack, 0, Buffer.alloc(6))],
    ],
    ["6.5.2: ENABLE_PUSH of 2", ErrorCode.protocolError, [settingsFrame([[SettingId.enablePush, 2]])]],
    [
      "6.5.2: a window above 2³¹ − 1",
      ErrorCode.flowControlError,
      [settingsFrame([[SettingId.initialWindowSize, 0x8000_0000]])],
    ],
    [
      "6.5.2: MAX_FRAME_SIZE below 16,384",
      ErrorCode.protocolError,
      [settingsFrame([[SettingId.maxFrameSize, 16_383]])],
    ],
    [
      "6.5.2: MAX_FRAME_SIZE above 2²⁴ − 1",
      ErrorCode.protocolError,
      [settingsFrame([[SettingId.maxFrameSize, 1 << 24]])],
    ],
    [
      "6.6: PUSH_PROMISE of a client",
      ErrorCode.protocolError,
      [buildFrame(FrameType.pushPromise, FrameFlag.endHeaders, 1, Buffer.alloc(4))],
    ],
    ["6.7: PING on a stream", ErrorCode.protocolError, [buildFrame(FrameType.ping, 0, 1, Buffer.alloc(8))]],
    ["6.7: PING of 6 bytes", ErrorCode.frameSizeError, [buildFrame(FrameType.ping, 0, 0, Buffer.alloc(6))]],
    ["6.8: GOAWAY on a stream", ErrorCode.protocolError, [buildFrame(FrameType.goaway, 0, 1, Buffer.alloc(8))]],
    ["6.8: GOAWAY of 7 bytes", ErrorCode.frameSizeError, [buildFrame(FrameType.goaway, 0, 0, Buffer.alloc(7))]],
    ["6.9: WINDOW_UPDATE of 0 on the connection", ErrorCode.protocolError, [windowUpdateFrame(0, 0)]],
    [
      "6.9: WINDOW_UPDATE of 3 bytes",
      ErrorCode.frameSizeError,
      [buildFrame(FrameType.windowUpdate, 0, 0, Buffer.alloc(3))],
    ],
    ["6.9.1: the connection's window too large", ErrorCode.flowControlError, [windowUpdateFrame(0, 0x7fff_ffff)]],
    [
      "6.9.2: a stream's window too large by SETTINGS",
      ErrorCode.flowControlError,
      [windowUpdateFrame(1, 0x7fff_ffff - 65_535), settingsFrame([[SettingId.initialWindowSize, 65_536]])],
    ],
    [
      "6.10: CONTINUATION on stream 0",
      ErrorCode.protocolError,
      [frameOfBlock(5, nothing, { endHeaders: false }), continuationFrame(0, nothing)],
    ],
    [
      "6.10: CONTINUATION of another stream",
      ErrorCode.protocolError,
      [frameOfBlock(5, nothing, { endHeaders: false }), continuationFrame(7, nothing)],
    ],
    [
      "6.10: CONTINUATION behind END_HEADERS",
      ErrorCode.protocolError,
      [headersFrame(5, POST), continuationFrame(5, nothing)],
    ],
    [
      "6.10: CONTINUATION behind DATA",
      ErrorCode.protocolError,
      [dataFrame(1, bytes("x")), continuationFrame(1, nothing)],
    ],
  ])("%s", async (_, code, frames) => {
    const { server, peer } = await opened();
    peer.send(...frames);
    const goaway = await peer.next(FrameType.goaway);
    expect(errorCodeOf(goaway)).toBe(code);
    expect(goaway.payload.readUInt32BE(0), "last stream id").toBeGreaterThanOrEqual(3);
    expect(await server.closed()).toMatchObject({ name: "Http2Error", code });
    for (const { events } of server.requests) expect(events.abort?.kind ?? "reset").toMatch(/lost|reset|violation/);
    await until(() => server.socket.destroyed || peer.closed, "the socket closes");
  });

  test("6.9.1: DATA beyond the connection's window", async () => {
    const port = await servers.listen(({ stream }) => stream.pause());
    const peer = speakFrames(await servers.socket(port), 0);
    peer.send(CONNECTION_PREFACE, settingsFrame());
    // Sixteen MiB that wait are credited to the connection, whose window has four: the window of each stream is one.
    for (let id = 1; id <= 41; id += 2)
      peer.send(headersFrame(id, POST), ...Array.from({ length: 64 }, () => dataFrame(id, Buffer.alloc(16_384))));
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.flowControlError);
  });

  test.each<[string, string]>([
    ["HTTP/1.1", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["half of an HTTP/1.1 request", "POST /a.B/C HTT"],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001"],
    ["noise", "\u0000\u00ff\u0013\u0037".repeat(64)],
    ["a preface that is wrong in its last octet", `${Buffer.from(CONNECTION_PREFACE).toString("latin1", 0, 23)}\r`],
  ])("3.4: %s in place of the preface", async (_, text) => {
    const { server, peer } = await servers.silent();
    peer.send(bytes(text));
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.protocolError);
    expect(await server.closed()).toMatchObject({ detail: "the first bytes are not the preface of an HTTP/2 client" });
  });

  test("3.4: a first frame that is no SETTINGS", async () => {
    const { server, peer } = await servers.silent();
    peer.send(CONNECTION_PREFACE, headersFrame(1, POST));
    expect(errorCodeOf(await peer.next(FrameType.goaway))).toBe(ErrorCode.protocolError);
    expect(server.requests).toEqual([]);
  });
});

const without = (name: string): HeaderField[] => POST.filter(([each]) => each !== name);
const and = (...more: readonly (readonly [string, string])[]): HeaderField[] => [...POST, ...more];
const replaced = (name: string, value: string): HeaderField[] =>
  POST.map(([each, old]) => [each, each === name ? value : old]);

describe("is a stream error:", () => {
  const many = Array.from({ length: 20 }, (_, i) => [`x-${i}`, "v".repeat(4_000)] as const);
  test.each<[string, number, number, readonly Uint8Array[]]>([
    ["5.1: DATA on a half-closed stream", 3, ErrorCode.streamClosed, [dataFrame(3, bytes("x"))]],
    [
      "5.1: HEADERS on a half-closed stream",
      3,
      ErrorCode.streamClosed,
      [headersFrame(3, [["x-a", "1"]], { endStream: true })],
    ],
    ["6.3: PRIORITY of 4 bytes", 1, ErrorCode.frameSizeError, [priority(1, 4)]],
    ["6.9: WINDOW_UPDATE of 0", 1, ErrorCode.protocolError, [windowUpdateFrame(1, 0)]],
    ["6.9.1: a stream's window too large", 1, ErrorCode.flowControlError, [windowUpdateFrame(1, 0x7fff_ffff)]],
    ["8.1: trailers without END_STREAM", 1, ErrorCode.protocolError, [headersFrame(1, [["x-a", "1"]])]],
    [
      "8.1: a pseudo-header field in trailers",
      1,
      ErrorCode.protocolError,
      [headersFrame(1, [[":method", "POST"]], { endStream: true })],
    ],
    [
      "8.1.1: more data than content-length",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, and(["content-length", "1"])), dataFrame(5, bytes("xy"))],
    ],
    [
      "8.1.1: less data than content-length",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, and(["content-length", "3"])), dataFrame(5, bytes("xy"), { endStream: true })],
    ],
    [
      "8.1.1: a content-length without data",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, and(["content-length", "1"]), { endStream: true })],
    ],
    [
      "8.1.1: a content-length that is no number",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, and(["content-length", "-1"]))],
    ],
    [
      "8.1.1: two different values of content-length",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, and(["content-length", "1"], ["content-length", "2"]))],
    ],
    ["8.2.1: a name in capitals", 5, ErrorCode.protocolError, [headersFrame(5, and(["X-A", "1"]))]],
    ["8.2.1: a name with a space", 5, ErrorCode.protocolError, [headersFrame(5, and(["x a", "1"]))]],
    ["8.2.1: a value with a line feed", 5, ErrorCode.protocolError, [headersFrame(5, and(["x-a", "1\n2"]))]],
    ["8.2.1: a value that ends with a space", 5, ErrorCode.protocolError, [headersFrame(5, and(["x-a", "1 "]))]],
    ["8.2.2: connection", 5, ErrorCode.protocolError, [headersFrame(5, and(["connection", "close"]))]],
    ["8.2.2: transfer-encoding", 5, ErrorCode.protocolError, [headersFrame(5, and(["transfer-encoding", "chunked"]))]],
    ["8.2.2: te other than trailers", 5, ErrorCode.protocolError, [headersFrame(5, replaced("te", "gzip"))]],
    [
      "8.3: an unknown pseudo-header field",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, [...POST.slice(0, 4), [":test", "x"], ...POST.slice(4)])],
    ],
    [
      "8.3: a pseudo-header field of responses",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, [[":status", "200"], ...POST])],
    ],
    [
      "8.3: a pseudo-header field behind another field",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, [["x-a", "1"], ...POST])],
    ],
    [
      "8.3: a pseudo-header field at the end",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, [...without(":path"), [":path", "/"]])],
    ],
    ["8.3.1: no :method", 5, ErrorCode.protocolError, [headersFrame(5, without(":method"))]],
    ["8.3.1: no :scheme", 5, ErrorCode.protocolError, [headersFrame(5, without(":scheme"))]],
    ["8.3.1: no :path", 5, ErrorCode.protocolError, [headersFrame(5, without(":path"))]],
    ["8.3.1: an empty :path", 5, ErrorCode.protocolError, [headersFrame(5, replaced(":path", ""))]],
    ["8.3.1: a :path with a space", 5, ErrorCode.protocolError, [headersFrame(5, replaced(":path", "/a b"))]],
    ["8.3.1: a :path without its slash", 5, ErrorCode.protocolError, [headersFrame(5, replaced(":path", "a"))]],
    ["8.3.1: :method twice", 5, ErrorCode.protocolError, [headersFrame(5, [[":method", "POST"], ...POST])]],
    ["8.3.1: :path twice", 5, ErrorCode.protocolError, [headersFrame(5, [[":path", "/"], ...POST])]],
    [
      "8.3.1: an :authority with user information",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, replaced(":authority", "me@test"))],
    ],
    [
      "8.3.1: a host that differs from :authority",
      5,
      ErrorCode.protocolError,
      [headersFrame(5, and(["host", "other"]))],
    ],
    ["8.5: CONNECT with a :path", 5, ErrorCode.protocolError, [headersFrame(5, replaced(":method", "CONNECT"))]],
    ["10.5.1: a header list above the limit", 5, ErrorCode.enhanceYourCalm, [headersFrame(5, [...POST, ...many])]],
    ["10.5.1: trailers above the limit", 1, ErrorCode.enhanceYourCalm, [headersFrame(1, many, { endStream: true })]],
  ])("%s", async (_, id, code, frames) => {
    const { server, peer } = await opened();
    peer.send(...frames);
    const reset = await peer.next(FrameType.rstStream);
    expect([reset.streamId, errorCodeOf(reset)]).toEqual([id, code]);

    // The other streams go on, and so does the connection.
    const other = id === 1 ? await server.request(3) : await server.request(1);
    if (id !== 1) peer.send(dataFrame(1, bytes("fine"), { endStream: true }));
    expect(await other.events.finished()).toMatchObject({ ended: true, text: id === 1 ? "" : "fine" });
    peer.send(headersFrame(99, POST, { endStream: true }));
    await server.request(99);
    expect([server.connection.isOpen, server.closes]).toEqual([true, []]);
  });
});

describe("is no error:", () => {
  test.each<[string, readonly Uint8Array[]]>([
    ["4.1: flags that mean nothing", [buildFrame(FrameType.ping, 0xfe, 0, Buffer.alloc(8))]],
    ["4.1: a frame of an unknown type", [buildFrame(0x16, 0xff, 0, bytes("x"))]],
    ["5.3: PRIORITY on an idle stream", [priority(77)]],
    ["5.3: PRIORITY on a closed stream", [rstStreamFrame(1, 8), priority(1)]],
    ["6.5.2: an unknown setting", [settingsFrame([[0xff, 1]])]],
    [
      "6.5.2: a setting twice",
      [
        settingsFrame([
          [SettingId.initialWindowSize, 100],
          [SettingId.initialWindowSize, 200],
        ]),
      ],
    ],
    ["6.9: WINDOW_UPDATE on a half-closed stream", [windowUpdateFrame(3, 100)]],
    [
      "5.1: what was under way on a stream that this side has reset",
      [windowUpdateFrame(1, 0), dataFrame(1, bytes("x")), windowUpdateFrame(1, 1), rstStreamFrame(1, 8)],
    ],
    ["6.8: GOAWAY of a client that has open streams", [goawayFrame(0, ErrorCode.noError)]],
    [
      "8.1.1: two equal values of content-length",
      [headersFrame(5, and(["content-length", "0"], ["content-length", "0"]), { endStream: true })],
    ],
    [
      "8.3.1: host without :authority",
      [headersFrame(5, [...without(":authority"), ["host", "test"]], { endStream: true })],
    ],
  ])("%s", async (_, frames) => {
    const { server, peer } = await opened();
    peer.send(...frames, headersFrame(99, POST, { endStream: true }));
    expect((await (await server.request(99)).events.finished()).ended).toBe(true);
    expect(server.closes).toEqual([]);
  });
});
