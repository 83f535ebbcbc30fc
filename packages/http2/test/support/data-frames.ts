import { FRAME_HEADER_BYTES, readUint24 } from "../../src/frame.ts";

/** The data of each of the frames that lie in `bytes` from `start` to `end`. */
export function dataOfFrames(bytes: Buffer, start: number, end: number): readonly Buffer[] {
  const all: Buffer[] = [];
  for (let at = start; at < end; ) {
    const dataAt = at + FRAME_HEADER_BYTES;
    at = dataAt + readUint24(bytes, at);
    all.push(bytes.subarray(dataAt, at));
  }
  return all;
}
