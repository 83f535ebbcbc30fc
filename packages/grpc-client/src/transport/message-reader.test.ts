import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Status } from "../status.ts";
import { frameMessage, MessageReader, PREFIX_BYTES } from "./message-reader.ts";

const LIMIT = 1_024;

interface Read {
  readonly reader: MessageReader;
  readonly messages: number[][];
}

function reader(): Read {
  const messages: number[][] = [];
  return { reader: new MessageReader(LIMIT, { onMessage: (message) => messages.push([...message]) }), messages };
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
      const wire = Buffer.concat(sent.map((message) => frameMessage(message)));
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

describe("a compressed message", () => {
  const compressed = (message: Uint8Array, flag = 1): Buffer => {
    const bytes = gzipSync(message);
    return Buffer.concat([prefix(bytes.length, flag), bytes]);
  };
  const gzipReader = (): Read => {
    const read = reader();
    read.reader.encoding = "gzip";
    return read;
  };

  test("is inflated, beside messages that are not compressed", () => {
    const { reader: read, messages } = gzipReader();
    const wire = Buffer.concat([
      compressed(Uint8Array.of(1, 2)),
      frameMessage(Uint8Array.of(3)),
      compressed(Uint8Array.of()),
    ]);
    for (const byte of wire) expect(read.push(Buffer.of(byte))).toBeUndefined();
    expect(messages).toEqual([[1, 2], [3], []]);
  });

  test("may be of exactly the limit once it is inflated, and no byte more", () => {
    expect(gzipReader().reader.push(compressed(new Uint8Array(LIMIT)))).toBeUndefined();
    expect(gzipReader().reader.push(compressed(new Uint8Array(LIMIT + 1)))).toMatchObject({
      code: Status.resourceExhausted,
      rawMessage: expect.stringMatching(/larger than maxReceiveMessageBytes \(1024\) once inflated$/),
    });
  });

  test("that is a bomb ends the stream while it is inflated", () => {
    const bomb = compressed(new Uint8Array(64 << 20));
    const read = new MessageReader(1 << 20, { onMessage: () => {} });
    read.encoding = "gzip";
    const before = process.memoryUsage().arrayBuffers;
    expect(read.push(bomb)?.code).toBe(Status.resourceExhausted);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });

  test.each([
    ["not gzip", Buffer.concat([prefix(3, 1), Buffer.of(1, 2, 3)])],
    ["cut short", Buffer.concat([prefix(12, 1), gzipSync(Buffer.from("hello")).subarray(0, 12)])],
    ["empty", prefix(0, 1)],
  ])("that is %s is internal", (_, wire) => {
    expect(gzipReader().reader.push(wire)).toMatchObject({
      code: Status.internal,
      rawMessage: expect.stringMatching(/^a message that is not gzip: /),
    });
  });

  test.each(["identity", "snappy", "GZIP"])(
    "with grpc-encoding %j is internal, and the error says what is expected",
    (encoding) => {
      const { reader: read } = reader();
      read.encoding = encoding;
      expect(read.push(compressed(Uint8Array.of(1)))).toMatchObject({
        code: Status.internal,
        rawMessage: `a compressed message with grpc-encoding "${encoding}": expected identity,gzip`,
      });
    },
  );

  test.each([2, 3, 128, 255])("has the flag 1: %i is internal", (flag) => {
    expect(gzipReader().reader.push(compressed(Uint8Array.of(1), flag))).toMatchObject({
      code: Status.internal,
      rawMessage: `a message with Compressed-Flag ${flag}: expected 0 or 1`,
    });
  });
});

test("a message that lies in one chunk is not copied", () => {
  const chunk = frameMessage(Uint8Array.of(1, 2, 3));
  let received: Uint8Array | undefined;
  const onMessage = (message: Uint8Array): void => {
    received = message;
  };
  new MessageReader(LIMIT, { onMessage }).push(chunk);
  expect(received?.buffer).toBe(chunk.buffer);
  expect(received?.byteOffset).toBe(chunk.byteOffset + PREFIX_BYTES);
});

test("a message that spans chunks keeps none of them", () => {
  const message = Buffer.alloc(1 << 20, "0123456789");
  const wire = frameMessage(message);
  const received: Uint8Array[] = [];
  const read = new MessageReader(message.length, { onMessage: (each) => received.push(each) });
  for (let at = 0; at < wire.length; at += 1_000) {
    const chunk = Buffer.from(wire.subarray(at, at + 1_000));
    expect(read.push(chunk)).toBeUndefined();
    chunk.fill(0);
  }
  expect(received.map((each) => message.equals(each))).toEqual([true]);
  expect(received[0]?.buffer.byteLength).toBe(message.length);
});

test.each([
  { message: 1 << 20, arrives: 1 << 20, buffers: [1 << 20] },
  { message: 16 << 20, arrives: 1 << 20, buffers: [1 << 20] },
  { message: 16 << 20, arrives: 16 << 20, buffers: [1 << 20, 16 << 20] },
  { message: 1 << 30, arrives: 2 << 20, buffers: [1 << 20, 17 << 20] },
])("of a message of $message bytes $arrives arrive, in buffers of $buffers", ({ message, arrives, buffers }) => {
  const allocUnsafe = vi.spyOn(Buffer, "allocUnsafe");
  onTestFinished(() => allocUnsafe.mockRestore());
  const read = new MessageReader(1 << 30, { onMessage: () => {} });
  read.push(prefix(message));
  const chunk = Buffer.alloc(1 << 16);
  for (let at = 0; at < arrives; at += chunk.length) read.push(chunk);
  expect(allocUnsafe.mock.calls.flat()).toEqual(buffers);
});
