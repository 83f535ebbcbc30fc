import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestMetadata } from "../request-metadata.ts";
import { HeaderBudget, toFields } from "./metadata.ts";

const room = (): HeaderBudget => new HeaderBudget(1_000);

test("text and bytes are unchanged after the conversion to headers and back", () => {
  const metadata = new RequestMetadata([
    ["x-text", "a"],
    ["x-text", "b"],
    ["x-data-bin", "AP8="],
    ["x-data-bin", "c2Vjb25k,AP8"], // without padding, and two values in one field
  ]);

  const headers = metadata.toHeaders();
  expect(headers.get("x-text")).toBe("a, b");

  expect(toFields(headers, room())).toEqual([
    ["x-data-bin", "AP8="],
    ["x-data-bin", "c2Vjb25k"],
    ["x-data-bin", "AP8="],
    ["x-text", "a, b"],
  ]);
});

test("a handler gets no fields of the protocol", () => {
  const protocol = ["content-type", "te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding", "accept-encoding"];
  const fields = [...protocol, "user-agent", "x-mine"].map((name) => [name, "x"] as const);
  expect([...new RequestMetadata(fields).toHeaders().keys()]).toEqual(["user-agent", "x-mine"]);
});

test("a handler cannot set keys of the protocol or of a connection", () => {
  const keys = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "te"];
  const headers = new Headers({ "grpc-status": "0", "content-type": "text/html", "x-mine": "yes" });
  for (const key of keys) headers.set(key, "x");

  expect(toFields(headers, room())).toEqual([["x-mine", "yes"]]);
});

test.for([
  ["an accented letter", "x-user", "café"],
  ["a tab", "x-user", "a\tb"],
  ["a name that HTTP allows and gRPC does not", "x~user", "cafe"],
  ["bytes that are not base64", "x-user-bin", "é"],
  ["bytes of an impossible length", "x-user-bin", "AAAAA"],
] as const)("%s: the key is listed as omitted, and the rest is sent", ([, key, value]) => {
  const budget = room();
  const headers = new Headers([
    [key, value],
    ["x-mine", "yes"],
  ]);

  expect(toFields(headers, budget)).toEqual([["x-mine", "yes"]]);
  expect(budget.omitted).toEqual([key]);
});

test("a field that does not fit is listed as omitted, and smaller fields after it are sent", () => {
  const budget = room();

  expect(toFields(new Headers({ "x-big": "x".repeat(1_000), "x-small": "yes" }), budget)).toEqual([["x-small", "yes"]]);
  expect(budget.omitted).toEqual(["x-big"]);
});

test("of any fields that Headers accepts, what is sent is what gRPC can carry", () => {
  const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const key = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}(?:-bin)?$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(key, headerText)), (entries) => {
      for (const [name, value] of toFields(new Headers(entries), room())) {
        expect(name).toMatch(/^[0-9a-z_.-]+$/);
        expect(value).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
      }
    }),
  );
});

test("untouched headers give no fields", () => {
  expect(toFields(undefined, room())).toEqual([]);
});

test("each value of a -bin key counts as a field of its own, with its name and 32 bytes", () => {
  const budget = room();
  const headers = new Headers({ "x-bin": Array.from({ length: 100 }, () => "AAAA").join(",") });

  expect(toFields(headers, budget)).toEqual([]);
  expect(budget.omitted).toEqual(["x-bin"]);
  expect(budget.roomFor("")).toBe(1_000 - 32);

  toFields(new Headers({ "x-bin": "AAAA,AA" }), budget);
  expect(budget.roomFor("")).toBe(1_000 - 2 * ("x-bin".length + "AAAA".length + 32) - 32);
});
