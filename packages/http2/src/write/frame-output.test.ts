import { expect, test } from "vitest";
import { DEFAULT_MAX_FRAME_BYTES, FrameFlag, FrameType, SettingId } from "../constants.ts";
import { FRAME_HEADER_BYTES, readFrameHeader } from "../frame.ts";
import { type ByteSink, FrameOutput } from "./frame-output.ts";

type Callback = (error?: Error | null) => void;

/** A socket that takes everything at once, or, when `holds`, when it is told to. */
class FakeSocket implements ByteSink {
  writableLength = 0;
  holds = false;
  readonly writes: Buffer[] = [];
  readonly #held: { readonly bytes: number; readonly onWritten: Callback }[] = [];

  write(bytes: Uint8Array, onWritten: Callback): boolean {
    this.writes.push(Buffer.from(bytes));
    if (this.holds) {
      this.writableLength += bytes.length;
      this.#held.push({ bytes: bytes.length, onWritten });
    } else {
      process.nextTick(onWritten);
    }
    return !this.holds;
  }

  finishWrite(): void {
    const write = this.#held.shift();
    this.writableLength -= write?.bytes ?? 0;
    write?.onWritten();
  }

  /** Frames as text, of all writes so far. */
  get frames(): string[] {
    const bytes = Buffer.concat(this.writes);
    const frames: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const { length, type, flags, streamId } = readFrameHeader(bytes, at);
      const payload = bytes.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + length);
      frames.push(`${type}/${flags}/${streamId} ${payload.length > 100 ? payload.length : payload.toString("hex")}`);
      at += FRAME_HEADER_BYTES + length;
    }
    return frames;
  }
}

/** After what the output does at the end of this tick. */
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function opened(): { readonly socket: FakeSocket; readonly output: FrameOutput; writable: () => number } {
  const socket = new FakeSocket();
  let writable = 0;
  const output = new FrameOutput(socket, () => writable++);
  return { socket, output, writable: () => writable };
}

function headers(output: FrameOutput, block: Buffer, maxFrameBytes = DEFAULT_MAX_FRAME_BYTES): void {
  output.startHeaders(block.length);
  const end = output.blockStart + block.copy(output.block, output.blockStart);
  output.headers(1, true, maxFrameBytes, end);
}

test("what one tick sends of a stream is one frame, until another frame comes between or it is full", async () => {
  const { socket, output } = opened();
  output.prefixedData(1, Buffer.from("<"), Buffer.from("a"), false);
  output.data(1, Buffer.from("bc"), 0, 2, false);
  output.data(3, Buffer.from("d"), 0, 1, false);
  output.data(1, Buffer.from("e"), 0, 1, false);
  output.windowUpdate(0, 1);
  output.data(1, Buffer.from("f"), 0, 1, false);
  output.data(1, Buffer.alloc(0), 0, 0, true);
  const fills = Buffer.alloc(DEFAULT_MAX_FRAME_BYTES - 1);
  output.data(3, fills, 0, fills.length, false);
  output.data(3, Buffer.from("g"), 0, 1, false);
  output.data(3, Buffer.from("h"), 0, 1, false);
  await tick();
  output.data(3, Buffer.from("i"), 0, 1, true);
  await tick();

  expect(socket.frames).toEqual([
    "0/0/1 3c616263",
    "0/0/3 64",
    "0/0/1 65",
    "8/0/0 00000001",
    "0/1/1 66",
    `0/0/3 ${DEFAULT_MAX_FRAME_BYTES}`,
    "0/0/3 68",
    "0/1/3 69",
  ]);
});

test("all frames of a tick are one write", async () => {
  const { socket, output } = opened();
  output.settings([[SettingId.enablePush, 0]]);
  output.settingsAck();
  headers(output, Buffer.from("block"));
  output.data(1, Buffer.from("hello"), 1, 3, false);
  output.data(3, Buffer.from("hello"), 0, 5, true);
  output.prefixedData(5, Buffer.from("<"), Buffer.from("hello"), true);
  output.rstStream(1, 8);
  output.windowUpdate(0, 70_000);
  output.ping(Buffer.from("0123456789"), 1, false);
  output.ping(Buffer.from("01234567"), 0, true);
  output.goaway(0, 11, "calm");
  output.goaway(0, 0, "max_age");
  expect(socket.writes).toEqual([]);
  await tick();
  expect(socket.writes).toHaveLength(1);
  expect(socket.frames).toEqual([
    "4/0/0 000200000000",
    "4/1/0 ",
    `1/5/1 ${Buffer.from("block").toString("hex")}`,
    `0/0/1 ${Buffer.from("el").toString("hex")}`,
    `0/1/3 ${Buffer.from("hello").toString("hex")}`,
    `0/1/5 ${Buffer.from("<hello").toString("hex")}`,
    "3/0/1 00000008",
    "8/0/0 00011170",
    `6/0/0 ${Buffer.from("12345678").toString("hex")}`,
    `6/1/0 ${Buffer.from("01234567").toString("hex")}`,
    `7/0/0 000000000000000b${Buffer.from("calm").toString("hex")}`,
    "7/0/0 00000000000000006d61785f616765",
  ]);
});

test("a block larger than the peer's frames is continued", async () => {
  const { socket, output } = opened();
  headers(output, Buffer.alloc(40_000, 1));
  await tick();
  const { endHeaders, endStream } = FrameFlag;
  expect(socket.frames).toEqual([
    `${FrameType.headers}/${endStream}/1 16384`,
    `${FrameType.continuation}/0/1 16384`,
    `${FrameType.continuation}/${endHeaders}/1 7232`,
  ]);
});

test("what is gathered may grow beyond a slab", async () => {
  const { socket, output } = opened();
  const message = Buffer.alloc(16_000, 7);
  for (let i = 0; i < 30; i++) output.data(1, message, 0, message.length, false);
  await tick();
  expect(socket.frames).toHaveLength(30);
});

test("bytes under way are not overwritten by the next tick's", async () => {
  const { socket, output } = opened();
  const kept: Uint8Array[] = [];
  socket.write = (bytes) => {
    kept.push(bytes);
    socket.writableLength += bytes.length;
    return false;
  };
  output.data(1, Buffer.from("first"), 0, 5, false);
  await tick();
  output.data(1, Buffer.from("other"), 0, 5, false);
  await tick();
  expect(kept.map((bytes) => Buffer.from(bytes.subarray(FRAME_HEADER_BYTES)).toString())).toEqual(["first", "other"]);
});

test("DATA has room until the socket holds 224 KiB, and again when it has written", async () => {
  const { socket, output, writable } = opened();
  socket.holds = true;
  const message = Buffer.alloc(16_384);
  let frames = 0;
  for (; output.hasRoom; frames++) output.data(1, message, 0, message.length, false);
  expect(frames).toBe(14);
  await tick();
  expect([output.hasRoom, writable()]).toEqual([false, 0]);
  socket.finishWrite();
  expect([output.hasRoom, writable()]).toEqual([true, 1]);
});

test("DATA has room again when the socket takes all of it at once", async () => {
  const { socket, output, writable } = opened();
  const message = Buffer.alloc(16_384);
  while (output.hasRoom) output.data(1, message, 0, message.length, false);
  await tick();
  expect([socket.writes.length, output.hasRoom, writable()]).toEqual([1, true, 1]);
});

test("more than a thousand acknowledgements that the peer does not read are too many", async () => {
  const { socket, output } = opened();
  socket.holds = true;
  for (let i = 0; i < 1_024; i++) output.ping(Buffer.alloc(8), 0, true);
  await tick();
  expect(output.owesTooMuch).toBe(false);
  output.settingsAck();
  expect(output.owesTooMuch).toBe(true);
  await tick();
  socket.finishWrite();
  socket.finishWrite();
  expect(output.owesTooMuch).toBe(false);
});

test("after close nothing is written, and nothing is kept", async () => {
  const { socket, output } = opened();
  output.rstStream(1, 8);
  output.close();
  for (let i = 0; i < 100; i++) output.data(1, Buffer.alloc(16_384), 0, 16_384, false);
  await tick();
  expect(socket.writes).toEqual([]);
  expect(output.hasRoom).toBe(true);
});
