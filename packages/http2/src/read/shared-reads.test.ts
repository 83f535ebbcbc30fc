import { deepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { keep, SharedReads } from "./shared-reads.ts";

/** Reads `text`, as Node does. */
function read({ onread }: SharedReads, text: string): void {
  onread.callback(onread.buffer.write(text), onread.buffer);
}

test("what a connection keeps outlives the next read, also of another connection", () => {
  const [one, another] = [new SharedReads(), new SharedReads()];
  const kept: Buffer[] = [];
  one.receiver = (chunk) => kept.push(keep(chunk, 1, 4), keep(chunk.subarray(5), 0, 3));
  another.receiver = (chunk) => kept.push(keep(chunk, 0, chunk.length));
  read(one, "<one two");
  read(another, "XXXXXXXX");
  read(one, "<six ten");
  expect(kept.map(String)).toEqual(["one", "two", "XXXXXXXX", "six", "ten"]);
});

test("what is kept is a Buffer like any other", () => {
  const reads = new SharedReads();
  const kept: Buffer[] = [];
  reads.receiver = (chunk) => kept.push(keep(chunk, 0, 5));
  read(reads, "hello");
  deepStrictEqual(kept, [Buffer.from("hello")]);
  deepStrictEqual(deserialize(serialize(kept[0])), Buffer.from("hello"));
  expect(inspect(kept[0])).toBe("<Buffer 68 65 6c 6c 6f>");
});

test("small parts of one read are copied together, and a part before them on its own", () => {
  const reads = new SharedReads();
  const kept: Buffer[] = [];
  reads.receiver = (chunk) => kept.push(keep(chunk, 1_000, 1_003), keep(chunk, 9_000, 9_003), keep(chunk, 0, 3));
  read(reads, `abc${" ".repeat(997)}def${" ".repeat(7_997)}ghi`);
  expect(kept.map(String)).toEqual(["def", "ghi", "abc"]);
  const [first, second, third] = kept as [Buffer, Buffer, Buffer];
  expect(second.buffer).toBe(first.buffer);
  expect(second.byteOffset - first.byteOffset).toBe(8_000);
  expect([third.buffer, third.byteOffset]).not.toEqual([first.buffer, first.byteOffset - 1_000]);
});

test("a small part is not copied with a large one behind it, which is whole", () => {
  const reads = new SharedReads();
  const kept: Buffer[] = [];
  reads.receiver = (chunk) => kept.push(keep(chunk, 0, 3), keep(chunk, 3, 100_003), keep(chunk, 100_003, 100_006));
  read(reads, `abc${"x".repeat(100_000)}def`);
  const [first, large, last] = kept as [Buffer, Buffer, Buffer];
  expect([first, last].map(String)).toEqual(["abc", "def"]);
  expect(large.buffer).not.toBe(first.buffer);
  expect(large.equals(Buffer.alloc(100_000, "x"))).toBe(true);
});

test("a part of any other buffer is not copied", () => {
  const chunk = Buffer.from("hello");
  expect(keep(chunk, 1, 3).buffer).toBe(chunk.buffer);
  expect(String(keep(chunk, 1, 3))).toBe("el");
});
