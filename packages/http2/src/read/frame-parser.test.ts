import fc from "fast-check";
import { expect, test } from "vitest";
import {
  buildFrame,
  dataFrame,
  pingFrame,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "../build-frame.ts";
import { DEFAULT_MAX_FRAME_BYTES, FrameFlag, FrameType } from "../constants.ts";
import { type FrameHandler, FrameParser } from "./frame-parser.ts";

/** Frames as text, and the data of DATA frames as one string each, however many parts it came in. */
class Recorder implements FrameHandler {
  readonly frames: string[] = [];
  parts = 0;
  #data: { readonly name: string; text: string } | undefined;

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.frames.push(`${type}/${flags}/${streamId} ${bytes.toString("latin1", start, end)}`);
  }

  onDataStart(flags: number, streamId: number, payloadBytes: number): void {
    this.#data = { name: `data/${flags}/${streamId} of ${payloadBytes}`, text: "" };
  }

  onDataPart(bytes: Buffer, start: number, end: number): void {
    expect(end).toBeGreaterThan(start);
    this.parts++;
    if (this.#data !== undefined) this.#data.text += bytes.toString("latin1", start, end);
  }

  onDataEnd(): void {
    this.frames.push(`${this.#data?.name} ${this.#data?.text}`);
  }
}

const text = (value: string): Buffer => Buffer.from(value, "latin1");

function padded(streamId: number, data: string, padding: number): Uint8Array {
  const payload = Buffer.concat([Buffer.of(padding), text(data), Buffer.alloc(padding)]);
  return buildFrame(FrameType.data, FrameFlag.padded, streamId, payload);
}

const STREAM = Buffer.concat([
  settingsFrame([[0x3, 100]]),
  dataFrame(1, text("hello"), { endStream: true }),
  padded(3, "x".repeat(300), 7),
  padded(3, "", 4),
  dataFrame(5, text("")),
  pingFrame(text("12345678")),
  padded(7, "y", 0),
  windowUpdateFrame(0, 1),
]);
const FRAMES = [
  "4/0/0 \0\x03\0\0\0d",
  "data/1/1 of 5 hello",
  `data/8/3 of 308 ${"x".repeat(300)}`,
  "data/8/3 of 5 ",
  "data/0/5 of 0 ",
  "6/0/0 12345678",
  "data/8/7 of 2 y",
  "8/0/0 \0\0\0\x01",
];

function parse(chunks: readonly Uint8Array[]): Recorder {
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, DEFAULT_MAX_FRAME_BYTES);
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return recorder;
}

test("frames in one chunk come as they are, DATA without its padding and in one part", () => {
  const { frames, parts } = parse([STREAM]);
  expect(frames).toEqual(FRAMES);
  expect(parts).toBe(3);
});

test("frames are the same wherever the chunks are cut", () => {
  const cuts = fc.uniqueArray(fc.nat(STREAM.length), { maxLength: 30 });
  fc.assert(
    fc.property(cuts, (at) => {
      const sorted = at.toSorted((a, b) => a - b);
      const chunks = [0, ...sorted].map((from, i) => STREAM.subarray(from, sorted[i] ?? STREAM.length));
      expect(parse(chunks).frames).toEqual(FRAMES);
    }),
  );
  expect(parse([...STREAM].map((byte) => Uint8Array.of(byte))).frames).toEqual(FRAMES);
});

test("a part of a DATA frame comes before the frame is complete", () => {
  const recorder = parse([settingsFrame(), dataFrame(1, text("hello")).subarray(0, 11)]);
  expect(recorder.parts).toBe(1);
  expect(recorder.frames).toHaveLength(1);
});

test.each<[string, Uint8Array, string]>([
  ["a frame above the largest size", buildFrame(0x99, 0, 0, text(""), 16_385), "FRAME_SIZE_ERROR"],
  ["DATA above the largest size", buildFrame(FrameType.data, 0, 1, text(""), 16_385), "FRAME_SIZE_ERROR"],
  ["padded DATA without the pad length", buildFrame(FrameType.data, FrameFlag.padded, 1, text("")), "FRAME_SIZE_ERROR"],
  ["as much padding as payload", buildFrame(FrameType.data, FrameFlag.padded, 1, text("\x03ab")), "PROTOCOL_ERROR"],
])("%s ends the connection", (_, frame, code) => {
  expect(() => parse([settingsFrame(), frame])).toThrow(`${code}: `);
});

test.each<[string, Uint8Array]>([
  ["HTTP/1.1", text("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["another frame", pingFrame(text("12345678"))],
  ["an acknowledgement of SETTINGS", settingsAckFrame()],
])("a peer that begins with %s does not speak HTTP/2", (_, bytes) => {
  expect(() => parse([bytes])).toThrow("PROTOCOL_ERROR: the first bytes are no SETTINGS frame");
});

test("after stop the rest of the chunk is not read", () => {
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, DEFAULT_MAX_FRAME_BYTES);
  recorder.onFrame = () => parser.stop();
  parser.push(STREAM);
  parser.push(STREAM);
  expect(recorder.frames).toEqual([]);
});
