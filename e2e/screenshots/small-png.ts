/**
 * A picture of a page as a PNG of 256 colours: a third of the bytes that a browser writes. In: a PNG of 8-bit RGB without interlacing,
 * as Chromium makes it. The most frequent colours stay; each other one, which is an edge of a letter, becomes the nearest of them.
 */

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const PIXEL_BYTES = 3;
const MAX_COLOURS = 256;

export function toSmallPng(png: Buffer): Buffer {
  const { width, height, rows } = decode(png);
  const palette = paletteOf(rows);
  const indexOf = new Map(palette.map((colour, at) => [colour, at]));
  const body = Buffer.alloc(height * (width + 1)); // filter 0, "None": right for a palette
  for (let at = 0; at < width * height; at += 1) {
    const colour = rows.readUIntBE(at * PIXEL_BYTES, PIXEL_BYTES);
    const index = indexOf.get(colour) ?? nearest(colour, palette);
    indexOf.set(colour, index);
    body[at + Math.floor(at / width) + 1] = index;
  }
  const colours = Buffer.concat(palette.map((colour) => bytesOf(colour)));
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header(width, height)),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(body, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rows: Buffer;
}

/** @throws Error for a PNG of another kind */
function decode(png: Buffer): Pixels {
  const chunks = [...chunksOf(png)];
  const head = chunks.find(({ type }) => type === "IHDR")?.data ?? Buffer.alloc(13);
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  if (head.toString("hex", 8) !== "0802000000") throw new Error("expected a PNG of 8-bit RGB without interlacing");
  const data = chunks.filter(({ type }) => type === "IDAT").map((each) => each.data);
  return { width, height, rows: unfilter(inflateSync(Buffer.concat(data)), width * PIXEL_BYTES, height) };
}

function* chunksOf(png: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** PNG 9.2: each row has its filter in front. */
function unfilter(data: Buffer, rowBytes: number, height: number): Buffer {
  const rows = Buffer.alloc(rowBytes * height);
  for (let row = 0; row < height; row += 1) {
    const filter = data[row * (rowBytes + 1)] ?? 0;
    for (let at = 0; at < rowBytes; at += 1) {
      const to = row * rowBytes + at;
      const left = at < PIXEL_BYTES ? 0 : (rows[to - PIXEL_BYTES] ?? 0);
      const up = row === 0 ? 0 : (rows[to - rowBytes] ?? 0);
      const corner = at < PIXEL_BYTES || row === 0 ? 0 : (rows[to - rowBytes - PIXEL_BYTES] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      rows[to] = ((data[row * (rowBytes + 1) + 1 + at] ?? 0) + guess) & 0xff;
    }
  }
  return rows;
}

/** PNG 9.4. */
function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function paletteOf(rows: Buffer): readonly number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < rows.length; at += PIXEL_BYTES) {
    const colour = rows.readUIntBE(at, PIXEL_BYTES);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const byCount = [...counts].toSorted(([, a], [, b]) => b - a);
  return byCount.slice(0, MAX_COLOURS).map(([colour]) => colour);
}

function nearest(colour: number, palette: readonly number[]): number {
  const distances = palette.map((other) => distance(colour, other));
  return distances.indexOf(Math.min(...distances));
}

function distance(a: number, b: number): number {
  const [one, other] = [bytesOf(a), bytesOf(b)];
  return one.reduce((sum, byte, at) => sum + (byte - (other[at] ?? 0)) ** 2, 0);
}

function bytesOf(colour: number): Buffer {
  const bytes = Buffer.alloc(PIXEL_BYTES);
  bytes.writeUIntBE(colour, 0, PIXEL_BYTES);
  return bytes;
}

/** 8 bits, palette, deflate, adaptive filters, no interlacing. */
function header(width: number, height: number): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  return head;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
