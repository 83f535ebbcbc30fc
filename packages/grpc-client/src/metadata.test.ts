import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBinaries, decodeBinary, encodeBinary, MAX_METADATA_BYTES, Metadata } from "./metadata.ts";

const entries = (metadata: Metadata): (readonly [string, string])[] => [...metadata.entries()];

test("names are sent in lower case, in order, repeated ones included", () => {
  const metadata = Metadata.from([
    ["X-Request-Id", "7"],
    ["tag", "a"],
    ["tag", "b"],
  ]);
  expect(entries(metadata)).toEqual([
    ["x-request-id", "7"],
    ["tag", "a"],
    ["tag", "b"],
  ]);
  expect(metadata.get("tag")).toBe("a");
  expect(metadata.get("other")).toBeUndefined();
  expect(metadata.size).toBe(3);
});

test("empty input gives the shared empty metadata", () => {
  expect(Metadata.from([])).toBe(Metadata.empty);
  expect(Metadata.fromWire([])).toBe(Metadata.empty);
});

// RFC 9113 8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields."
test.each([
  "te",
  "Content-Type",
  "user-agent",
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "upgrade",
  "transfer-encoding",
  "content-length",
  "grpc-timeout",
  ":path",
])("%s belongs to the protocol and is not sent as metadata", (name) => {
  expect(Metadata.from([[name, "x"]]).size).toBe(0);
});

test("the bytes of any -bin value are unchanged after encoding and decoding", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const value = Metadata.from([["trace-bin", bytes]]).get("trace-bin") as string;
      expect(value).not.toContain("=");
      expect([...decodeBinary(value)]).toEqual([...bytes]);
    }),
  );
});

describe("-bin values", () => {
  test("a padded value is read like one without padding", () => {
    expect([...decodeBinary("AQ==")]).toEqual([1]);
    expect([...decodeBinary("AQI=")]).toEqual([1, 2]);
    expect([...decodeBinary(encodeBinary(Uint8Array.of(1)))]).toEqual([1]);
    expect(decodeBinary("")).toHaveLength(0);
  });

  test.each(["grüezi", "a", "AQ=A", "=", "AQI==", "A Q", "AQ,Ag", "a-b_"])("%j is not base64", (value) => {
    expect(() => decodeBinary(value)).toThrow("[invalid_argument] a -bin value: expected base64, got");
  });

  test("a field with several values, joined as by peers and fetch's Headers, is split before it is decoded", () => {
    expect(decodeBinaries("AQ==,Ag, AwQ")).toEqual([1, 2, [3, 4]].map((bytes) => Buffer.from([bytes].flat())));
    const read = Metadata.fromWire(["tag", "a,b", "trace-bin", "AQ==,Ag", "trace-bin", "AwQ"]);
    expect(entries(read)).toEqual([
      ["tag", "a,b"],
      ["trace-bin", "AQ=="],
      ["trace-bin", "Ag"],
      ["trace-bin", "AwQ"],
    ]);
  });

  test("a caller may pass base64, padded or not, one or several values in a string", () => {
    const metadata = Metadata.from([
      ["trace-bin", "AQ=="],
      ["trace-bin", "AQI, Ag=="],
    ]);
    expect(entries(metadata).map(([, value]) => value)).toEqual(["AQ", "AQI", "Ag"]);
  });
});

test("spaces around a value are not sent: a peer would reset the stream", () => {
  expect(Metadata.from([["tag", "  a b "]]).get("tag")).toBe("a b");
});

describe("metadata of a response that is passed on in a request", () => {
  test("loses the fields of the protocol", () => {
    const received = Metadata.fromWire(["connection", "close", "grpc-status", "0", "tag", "a", "trace-bin", "AQ==,Ag"]);
    expect(entries(received.sendable())).toEqual([
      ["tag", "a"],
      ["trace-bin", "AQ"],
      ["trace-bin", "Ag"],
    ]);
  });

  test("is refused by name when gRPC cannot carry it", () => {
    const received = Metadata.fromWire(["x-user", "caf\u00e9"]);
    expect(() => received.sendable()).toThrow('[invalid_argument] metadata "x-user": expected printable ASCII');
  });

  test("is not checked again when a caller made it", () => {
    const made = Metadata.from([["tag", "a"]]);
    expect(made.sendable()).toBe(made);
  });
});

describe("an entry that gRPC cannot carry is refused by name", () => {
  test.each([
    ["bad name", "x", '[invalid_argument] metadata name: expected only 0-9 a-z _ . -, got "bad name"'],
    ["", "x", '[invalid_argument] metadata name: expected only 0-9 a-z _ . -, got ""'],
    [
      "greeting",
      "grüezi",
      '[invalid_argument] metadata "greeting": expected printable ASCII; use a name that ends in "-bin" for anything else',
    ],
    [
      "blob",
      Uint8Array.of(1),
      '[invalid_argument] metadata "blob": expected text; bytes need a name that ends in "-bin"',
    ],
    ["x-bin", "no base64!", '[invalid_argument] metadata "x-bin": expected bytes, or base64 as encodeBinary makes it'],
    ["x-bin", "hello", '[invalid_argument] metadata "x-bin": expected bytes, or base64 as encodeBinary makes it'],
  ])("%j", (name, value, message) => {
    expect(() => Metadata.from([[name, value]])).toThrow(message);
  });

  test("more than a connection admits", () => {
    const name = "x-big";
    const largest = "y".repeat(MAX_METADATA_BYTES - name.length - 32);
    expect(Metadata.from([[name, largest]]).size).toBe(1);
    expect(() => Metadata.from([[name, `${largest}y`]])).toThrow(
      "[resource_exhausted] metadata of 61441 bytes: expected at most 61440",
    );
  });

  test("another type from an untyped caller", () => {
    const from = (value: unknown) => () => Metadata.from([["a", value as string]]);
    expect(from(undefined)).toThrow('metadata "a": expected printable ASCII');
    expect(from(7)).toThrow('metadata "a": expected printable ASCII');
    expect(() => Metadata.from([["a-bin", 7 as unknown as string]])).toThrow('metadata "a-bin": expected bytes');
  });

  test("a line break, which would be a second header", () => {
    expect(() => Metadata.from([["a", "x\r\nb: y"]])).toThrow("printable ASCII");
  });
});
