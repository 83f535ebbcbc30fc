import { describe, expect, test } from "vitest";
import {
  buildFrame,
  continuationFrame,
  dataFrame,
  goawayFrame,
  headersFrame,
  pingFrame,
  rstStreamFrame,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "../build-frame.ts";
import { DEFAULT_MAX_FRAME_BYTES, FrameFlag, FrameType } from "../constants.ts";
import type { Http2Error } from "../http2-error.ts";
import { FrameParser } from "./frame-parser.ts";
import { type DataEvents, type FrameEvents, FrameReceiver } from "./frame-receiver.ts";

class Recorder implements FrameEvents, DataEvents {
  readonly events: (readonly unknown[])[] = [];
  idleFrames = 0;

  onHeaderBlock(streamId: number, block: Buffer, endStream: boolean): void {
    this.events.push(["headers", streamId, block.toString(), endStream]);
  }

  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void {
    this.events.push(["data frames", streamId, count, bytes.subarray(start, end).toString("hex")]);
  }

  onData(streamId: number, bytes: Buffer, start: number, end: number, padding: number, endStream: boolean): void {
    this.events.push(["data", streamId, bytes.toString("utf8", start, end), padding, endStream]);
  }

  onRstStream(streamId: number, errorCode: number): void {
    this.events.push(["reset", streamId, errorCode]);
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    this.events.push(["settings", bytes.subarray(start, end).toString("hex")]);
  }

  onSettingsAck(): void {
    this.events.push(["settings ack"]);
  }

  onPing(bytes: Buffer, start: number): void {
    this.events.push(["ping", bytes.toString("latin1", start, start + 8)]);
  }

  onPingAck(bytes: Buffer, start: number): void {
    this.events.push(["ping ack", bytes.toString("latin1", start, start + 8)]);
  }

  onGoaway(lastStreamId: number, errorCode: number, debug: Buffer): void {
    this.events.push(["goaway", lastStreamId, errorCode, debug.toString()]);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.events.push(["window", streamId, increment]);
  }

  onStreamError(streamId: number, error: Http2Error): void {
    this.events.push(["stream error", streamId, error.message]);
  }

  onIdleFrame(): void {
    this.idleFrames++;
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const frame = buildFrame;

/** What comes of the frames behind the peer's first SETTINGS. */
function receive(...frames: readonly Uint8Array[]): Recorder {
  const recorder = new Recorder();
  const parser = new FrameParser(new FrameReceiver(recorder, recorder), DEFAULT_MAX_FRAME_BYTES);
  parser.push(Buffer.concat([settingsFrame(), ...frames]));
  recorder.events.shift();
  return recorder;
}

test("each frame is one event with its fields", () => {
  const { events, idleFrames } = receive(
    settingsFrame([[4, 100]]),
    settingsAckFrame(),
    headersFrame(1, bytes("block"), { endStream: true }),
    dataFrame(3, bytes("he")),
    dataFrame(3, bytes("l")),
    dataFrame(3, bytes("lo"), { endStream: true }),
    rstStreamFrame(1, 0xffff_ffff),
    pingFrame(bytes("12345678")),
    pingFrame(bytes("abcdefgh"), { ack: true }),
    goawayFrame(7, 11, "debug"),
    windowUpdateFrame(0, 0x7fff_ffff),
    windowUpdateFrame(9, 1),
  );
  expect(events).toEqual([
    ["settings", "000400000064"],
    ["settings ack"],
    ["headers", 1, "block", true],
    ["data frames", 3, 2, Buffer.concat([dataFrame(3, bytes("he")), dataFrame(3, bytes("l"))]).toString("hex")],
    ["data", 3, "lo", 0, true],
    ["reset", 1, 0xffff_ffff],
    ["ping", "12345678"],
    ["ping ack", "abcdefgh"],
    ["goaway", 7, 11, "debug"],
    ["window", 0, 0x7fff_ffff],
    ["window", 9, 1],
  ]);
  expect(idleFrames).toBe(0);
});

test("padding and priority fields of HEADERS are left out", () => {
  const priority = bytes("\0\0\0\0\x10");
  const flags = FrameFlag.endHeaders | FrameFlag.padded | FrameFlag.priority;
  const { events } = receive(
    frame(FrameType.headers, flags, 1, Buffer.concat([bytes("\x02"), priority, bytes("block\0\0")])),
  );
  expect(events).toEqual([["headers", 1, "block", false]]);
});

test("HEADERS and its CONTINUATION frames are one block, which ends the stream if HEADERS says so", () => {
  const { events } = receive(
    headersFrame(1, bytes("one "), { endStream: true, endHeaders: false }),
    continuationFrame(1, bytes("two "), { endHeaders: false }),
    continuationFrame(1, bytes("three")),
    headersFrame(3, bytes("next")),
  );
  expect(events).toEqual([
    ["headers", 1, "one two three", true],
    ["headers", 3, "next", false],
  ]);
});

test("PRIORITY, unknown frames and small fragments are idle", () => {
  const { events, idleFrames } = receive(
    frame(FrameType.priority, 0, 1, Buffer.alloc(5)),
    frame(0x99, 0, 0, bytes("whatever")),
    headersFrame(1, bytes(""), { endHeaders: false }),
    continuationFrame(1, bytes(""), { endHeaders: false }),
    continuationFrame(1, bytes("end")),
  );
  expect(events).toEqual([["headers", 1, "end", false]]);
  expect(idleFrames).toBe(4);
});

describe("ends the connection", () => {
  const open = headersFrame(1, bytes("part"), { endHeaders: false });
  const large = bytes("x".repeat(16_384));

  test.each<[string, string, readonly Uint8Array[]]>([
    ["PROTOCOL_ERROR", "DATA on stream 0", [dataFrame(0, bytes("x"))]],
    ["PROTOCOL_ERROR", "HEADERS on stream 0", [headersFrame(0, bytes("x"))]],
    ["PROTOCOL_ERROR", "RST_STREAM on stream 0", [rstStreamFrame(0, 1)]],
    ["PROTOCOL_ERROR", "PRIORITY on stream 0", [frame(FrameType.priority, 0, 0, Buffer.alloc(5))]],
    ["PROTOCOL_ERROR", "SETTINGS on stream 1", [frame(FrameType.settings, 0, 1, bytes(""))]],
    ["PROTOCOL_ERROR", "PING on stream 1", [frame(FrameType.ping, 0, 1, Buffer.alloc(8))]],
    ["PROTOCOL_ERROR", "GOAWAY on stream 1", [frame(FrameType.goaway, 0, 1, Buffer.alloc(8))]],
    ["PROTOCOL_ERROR", "PUSH_PROMISE", [frame(FrameType.pushPromise, 4, 1, Buffer.alloc(4))]],
    ["PROTOCOL_ERROR", "WINDOW_UPDATE of 0", [windowUpdateFrame(0, 0)]],
    ["PROTOCOL_ERROR", "CONTINUATION without", [continuationFrame(1, bytes("x"))]],
    ["PROTOCOL_ERROR", "in the middle of the header block of stream 1", [open, dataFrame(1, bytes("x"))]],
    ["PROTOCOL_ERROR", "in the middle of the header block of stream 1", [open, pingFrame(Buffer.alloc(8))]],
    ["PROTOCOL_ERROR", "in the middle of the header block of stream 1", [open, frame(0x99, 0, 1, bytes("x"))]],
    ["PROTOCOL_ERROR", "in the middle of the header block of stream 1", [open, continuationFrame(3, bytes("x"))]],
    [
      "PROTOCOL_ERROR",
      "more padding than payload",
      [frame(FrameType.headers, 4 | FrameFlag.padded, 1, bytes("\x05abc"))],
    ],
    ["FRAME_SIZE_ERROR", "HEADERS without", [frame(FrameType.headers, 4 | FrameFlag.priority, 1, bytes("abc"))]],
    ["FRAME_SIZE_ERROR", "RST_STREAM of 3", [frame(FrameType.rstStream, 0, 1, bytes("abc"))]],
    ["FRAME_SIZE_ERROR", "SETTINGS of 7", [frame(FrameType.settings, 0, 0, Buffer.alloc(7))]],
    ["FRAME_SIZE_ERROR", "acknowledgement of SETTINGS", [frame(FrameType.settings, FrameFlag.ack, 0, Buffer.alloc(6))]],
    ["FRAME_SIZE_ERROR", "PING of 7", [frame(FrameType.ping, 0, 0, Buffer.alloc(7))]],
    ["FRAME_SIZE_ERROR", "GOAWAY of 7", [frame(FrameType.goaway, 0, 0, Buffer.alloc(7))]],
    ["FRAME_SIZE_ERROR", "WINDOW_UPDATE of 3", [frame(FrameType.windowUpdate, 0, 0, Buffer.alloc(3))]],
    [
      "ENHANCE_YOUR_CALM",
      "a header block of more than 262144 bytes",
      [open, ...Array.from({ length: 16 }, () => continuationFrame(1, large, { endHeaders: false }))],
    ],
  ])("%s: %s", (code, message, frames) => {
    let thrown: unknown;
    try {
      receive(...frames);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).message).toMatch(`${code}: `);
    expect((thrown as Error).message).toContain(message);
  });
});

describe("ends its stream", () => {
  test.each<[string, Uint8Array]>([
    ["PROTOCOL_ERROR: WINDOW_UPDATE of 0 bytes", windowUpdateFrame(5, 0)],
    ["FRAME_SIZE_ERROR: PRIORITY of 4 bytes", frame(FrameType.priority, 0, 5, Buffer.alloc(4))],
  ])("%s", (message, bad) => {
    expect(receive(bad).events).toEqual([["stream error", 5, message]]);
  });
});
