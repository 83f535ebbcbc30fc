import { Metadata } from "@grpc/grpc-js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addHeaders, HeaderBudget, toHeaders, toMetadata } from "./metadata.ts";

const room = (): HeaderBudget => new HeaderBudget(1_000);

test("text and bytes are unchanged after the conversion to headers and back", () => {
  const metadata = new Metadata();
  metadata.add("x-text", "a");
  metadata.add("x-text", "b");
  metadata.add("x-data-bin", Buffer.from([0, 255]));
  metadata.add("x-data-bin", Buffer.from("second"));

  const headers = toHeaders(metadata);
  expect(headers.get("x-text")).toBe("a, b");

  const back = toMetadata(headers, room());
  expect(back.get("x-text")).toEqual(["a, b"]);
  expect(back.get("x-data-bin")).toEqual([Buffer.from([0, 255]), Buffer.from("second")]);
});

test("a handler cannot set keys of the protocol or of a connection", () => {
  const metadata = new Metadata();
  const keys = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "te"];
  const headers = new Headers({ "grpc-status": "0", "content-type": "text/html", "x-mine": "yes" });
  for (const key of keys) headers.set(key, "x");
  addHeaders(metadata, headers, room());

  expect(metadata.getMap()).toEqual({ "x-mine": "yes" });
});

test.for([
  ["an accented letter", "x-user", "café"],
  ["a tab", "x-user", "a\tb"],
  ["a name that HTTP allows and gRPC does not", "x~user", "cafe"],
  ["bytes that are not base64", "x-user-bin", "é"],
  ["bytes of an impossible length", "x-user-bin", "AAAAA"],
] as const)("%s: the key is listed as omitted, and the rest is sent", ([, key, value]) => {
  const budget = room();
  const metadata = toMetadata(
    new Headers([
      [key, value],
      ["x-mine", "yes"],
    ]),
    budget,
  );

  expect(metadata.getMap()).toEqual({ "x-mine": "yes" });
  expect(budget.omitted).toEqual([key]);
});

test("a field that does not fit is listed as omitted, and smaller fields after it are sent", () => {
  const budget = room();
  const metadata = toMetadata(new Headers({ "x-big": "x".repeat(1_000), "x-small": "yes" }), budget);

  expect(metadata.getMap()).toEqual({ "x-small": "yes" });
  expect(budget.omitted).toEqual(["x-big"]);
});

test("no field that Headers accepts makes the conversion throw", () => {
  const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const key = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}(?:-bin)?$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(key, headerText)), (entries) => {
      const headers = new Headers(entries);
      expect(() => toMetadata(headers, room()).toHttp2Headers()).not.toThrow();
    }),
  );
});

test("untouched headers give empty metadata", () => {
  expect(toMetadata(undefined, room()).getMap()).toEqual({});
});

test("each value of a -bin key counts as a field of its own, with its name and 32 bytes", () => {
  const budget = room();
  const metadata = toMetadata(new Headers({ "x-bin": Array.from({ length: 100 }, () => "AAAA").join(",") }), budget);

  expect(metadata.getMap()).toEqual({});
  expect(budget.omitted).toEqual(["x-bin"]);
  expect(budget.roomFor("")).toBe(1_000 - 32);

  toMetadata(new Headers({ "x-bin": "AAAA,AA" }), budget);
  expect(budget.roomFor("")).toBe(1_000 - 2 * ("x-bin".length + "AAAA".length + 32) - 32);
});
