import fc from "fast-check";
import { expect, test } from "vitest";
import { Status } from "../status.ts";
import { frameMessage, MessageReader, PREFIX_BYTES } from "./message-reader.ts";

const LIMIT = 1_024;

interface Read {
  readonly reader: MessageReader;
  readonly messages: number[][];
}

function reader(): Read {
  const messages: number[][] = [];
  return { reader: new MessageReader(LIMIT, (message) => messages.push([...message])), messages };
}

function prefix(length: number, flag = 0): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES);
  bytes[0] = flag;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

test("messages come out whole, however the bytes were cut into chunks", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat(300)), (sent, cuts) => {
      const wire = Buffer.concat(sent.map(frameMessage));
      const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, wire.length)), wire.length])].sort((a, b) => a - b);
      const { reader: read, messages: received } = reader();
      for (let i = 1; i < at.length; i++) expect(read.push(wire.subarray(at[i - 1], at[i]))).toBeUndefined();
      expect(received).toEqual(sent.map((message) => [...message]));
      expect(read.atBoundary).toBe(true);
    }),
  );
});

test("a stream that stops within a message or its prefix is not at a boundary", () => {
  for (const bytes of [1, PREFIX_BYTES - 1, PREFIX_BYTES, PREFIX_BYTES + 2]) {
    const { reader: read } = reader();
    read.push(frameMessage(Uint8Array.of(1, 2, 3)).subarray(0, bytes));
    expect(read.atBoundary).toBe(false);
  }
});

test("a prefix that promises too much ends the stream before anything is collected for it", () => {
  const { reader: read, messages } = reader();
  const error = read.push(Buffer.concat([frameMessage(Uint8Array.of(1)), prefix(1 << 30)]));
  expect(messages).toEqual([[1]]);
  expect(error?.code).toBe(Status.resourceExhausted);
  expect(error?.rawMessage).toBe("message of 1073741824 bytes is larger than maxReceiveMessageBytes (1024)");
});

test("the largest length that a prefix can hold is read as unsigned", () => {
  expect(reader().reader.push(prefix(0xffff_ffff))?.rawMessage).toContain("message of 4294967295 bytes");
});

test("a message of exactly the limit passes, one byte more does not", () => {
  expect(reader().reader.push(frameMessage(new Uint8Array(LIMIT)))).toBeUndefined();
  expect(reader().reader.push(frameMessage(new Uint8Array(LIMIT + 1)))?.code).toBe(Status.resourceExhausted);
});

test("a too long message is found out also when its prefix spans chunks", () => {
  const { reader: read } = reader();
  const bytes = prefix(1 << 30);
  expect(read.push(bytes.subarray(0, 3))).toBeUndefined();
  expect(read.push(bytes.subarray(3))?.code).toBe(Status.resourceExhausted);
});

test("a compressed message without a negotiated encoding is internal", () => {
  expect(reader().reader.push(prefix(1, 1))?.code).toBe(Status.internal);
});

test("a message that lies in one chunk is not copied", () => {
  const chunk = frameMessage(Uint8Array.of(1, 2, 3));
  let received: Uint8Array | undefined;
  new MessageReader(LIMIT, (message) => {
    received = message;
  }).push(chunk);
  expect(received?.buffer).toBe(chunk.buffer);
  expect(received?.byteOffset).toBe(chunk.byteOffset + PREFIX_BYTES);
});
