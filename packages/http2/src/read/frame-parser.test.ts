import fc from "fast-check";
import { expect, test } from "vitest";
import { dataOfFrames } from "../../test/support/data-frames.ts";
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

/** Frames as text. Neighbouring DATA of a stream is one, as that of one frame is wherever it is cut. */
class Recorder implements FrameHandler {
  readonly frames: string[] = [];
  /** How many frames came together, and 0 for a part. */
  readonly counts: number[] = [];
  /** Of the last frame, if that is DATA. */
  #data: { readonly streamId: number; text: string; padding: number } | undefined;

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#data = undefined;
    this.frames.push(`${type}/${flags}/${streamId} ${bytes.toString("latin1", start, end)}`);
  }

  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void {
    this.counts.push(count);
    const all = dataOfFrames(bytes, start, end);
    expect(all).toHaveLength(count);
    this.#add(0, streamId, Buffer.concat(all).toString("latin1"), 0);
  }

  onData(flags: number, streamId: number, bytes: Buffer, start: number, end: number, padding: number): void {
    this.counts.push(0);
    this.#add(flags, streamId, bytes.toString("latin1", start, end), padding);
  }

  #add(flags: number, streamId: number, data: string, padding: number): void {
    if (this.#data?.streamId === streamId) this.frames.pop();
    else this.#data = { streamId, text: "", padding: 0 };
    this.#data.text += data;
    this.#data.padding += padding;
    this.frames.push(`data/${flags}/${streamId} ${this.#data.text}, padding ${this.#data.padding}`);
  }
}

const text = (value: string): Buffer => Buffer.from(value, "latin1");

function padded(streamId: number, data: string, padding: number, flags: number = FrameFlag.none): Uint8Array {
  const payload = Buffer.concat([Buffer.of(padding), text(data), Buffer.alloc(padding)]);
  return buildFrame(FrameType.data, FrameFlag.padded | flags, streamId, payload);
}

const STREAM = Buffer.concat([
  settingsFrame([[0x3, 100]]),
  dataFrame(1, text("hello"), { endStream: true }),
  padded(3, "x".repeat(300), 7, FrameFlag.endStream),
  padded(9, "", 4),
  dataFrame(5, text("")),
  pingFrame(text("12345678")),
  padded(7, "y", 0),
  dataFrame(11, text("one ")),
  dataFrame(11, text("two ")),
  dataFrame(11, text("three")),
  dataFrame(13, text("z")),
  windowUpdateFrame(0, 1),
]);
const FRAMES = [
  "4/0/0 \0\x03\0\0\0d",
  "data/1/1 hello, padding 0",
  `data/9/3 ${"x".repeat(300)}, padding 8`,
  "data/8/9 , padding 5",
  "data/0/5 , padding 0",
  "6/0/0 12345678",
  "data/8/7 y, padding 1",
  "data/0/11 one two three, padding 0",
  "data/0/13 z, padding 0",
  "8/0/0 \0\0\0\x01",
];

function parse(chunks: readonly Uint8Array[]): Recorder {
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, DEFAULT_MAX_FRAME_BYTES);
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return recorder;
}

test("frames in one chunk come as they are, DATA without its padding and in one part or with its like", () => {
  const { frames, counts } = parse([STREAM]);
  expect(frames).toEqual(FRAMES);
  expect(counts).toEqual([0, 0, 0, 0, 0, 3, 1]);
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

test("a part of a DATA frame comes before the frame is complete, and without END_STREAM", () => {
  const { frames } = parse([settingsFrame(), dataFrame(1, text("hello"), { endStream: true }).subarray(0, 11)]);
  expect(frames.slice(1)).toEqual(["data/0/1 he, padding 0"]);
});

test("a frame with data has no empty part, whatever of it has come", () => {
  const frame = padded(1, "hi", 3);
  for (let end = 1; end <= frame.length; end++) {
    const { frames, counts } = parse([settingsFrame(), frame.subarray(0, end), frame.subarray(end)]);
    expect([frames[1], counts.length]).toEqual(["data/8/1 hi, padding 4", end === 11 ? 2 : 1]);
  }
});

test.each<[string, Uint8Array]>([
  ["another stream", dataFrame(3, text("b"))],
  ["an empty frame", dataFrame(1, text(""))],
  ["END_STREAM", dataFrame(1, text("b"), { endStream: true })],
  ["padding", padded(1, "b", 0)],
  ["another type", windowUpdateFrame(1, 1)],
  ["a frame that is not whole", dataFrame(1, text("bc")).subarray(0, 10)],
  ["a header that is not whole", dataFrame(1, text("bc")).subarray(0, 8)],
])("DATA frames that come together end before %s", (_, next) => {
  const frame = dataFrame(1, text("a"));
  expect(parse([settingsFrame(), Buffer.concat([frame, frame, next])]).counts[0]).toBe(2);
});

test.each<[string, Uint8Array, string]>([
  ["a frame above the largest size", buildFrame(0x99, 0, 0, text(""), 16_385), "FRAME_SIZE_ERROR"],
  ["DATA above the largest size", buildFrame(FrameType.data, 0, 1, text(""), 16_385), "FRAME_SIZE_ERROR"],
  [
    "the second of two DATA frames",
    Buffer.concat([dataFrame(1, text("a")), dataFrame(1, Buffer.alloc(16_385))]),
    "FRAME_SIZE_ERROR",
  ],
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
