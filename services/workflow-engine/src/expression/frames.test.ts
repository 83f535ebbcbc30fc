import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, frameHeader } from "./frames.ts";

const framed = (bodies: readonly Uint8Array[]): Buffer =>
  Buffer.concat(bodies.flatMap((body) => [frameHeader(body), body]));

test("frames are complete, for any division of their bytes into chunks", () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 20 }), (sent, size) => {
      const bytes = framed(sent);
      const reader = new FrameReader(40);
      const received: Buffer[] = [];
      for (let at = 0; at < bytes.byteLength; at += size) received.push(...reader.push(bytes.subarray(at, at + size)));
      expect(received.map((body) => [...body])).toEqual(sent.map((body) => [...body]));
    }),
  );
});

test("a frame above the limit is refused when its header arrives", () => {
  const reader = new FrameReader(10);
  expect(() => reader.push(frameHeader(new Uint8Array(11)))).toThrow("a frame of 11 bytes, at most 10");
});
