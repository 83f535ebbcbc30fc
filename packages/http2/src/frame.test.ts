import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, MAX_STREAM_ID, readFrameHeader, writeFrameHeader } from "./frame.ts";

test("a header is nine bytes in network byte order", () => {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES);
  writeFrameHeader(bytes, 0, { length: 0x01_02_03, type: 0x04, flags: 0x05, streamId: 0x06_07_08_09 });
  expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a written header is read back at any offset", () => {
  const header = fc.record({
    length: fc.integer({ min: 0, max: MAX_FRAME_BYTES }),
    type: fc.integer({ min: 0, max: 255 }),
    flags: fc.integer({ min: 0, max: 255 }),
    streamId: fc.integer({ min: 0, max: MAX_STREAM_ID }),
  });
  fc.assert(
    fc.property(header, fc.nat(40), (written, offset) => {
      const bytes = new Uint8Array(64).fill(0xff);
      expect(writeFrameHeader(bytes, offset, written)).toBe(offset + FRAME_HEADER_BYTES);
      expect(readFrameHeader(bytes, offset)).toEqual(written);
    }),
  );
});

test("the reserved bit is ignored when read and not set when written", () => {
  const bytes = new Uint8Array([0, 0, 0, 0, 0, 0x80, 0, 0, 1]);
  expect(readFrameHeader(bytes, 0).streamId).toBe(1);
  writeFrameHeader(bytes, 0, { length: 0, type: 0, flags: 0, streamId: 0x8000_0003 });
  expect(bytes[5]).toBe(0);
});
