import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBinary, encodeBinary, MAX_METADATA_BYTES, Metadata } from "./metadata.ts";

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

test("nothing in, the shared empty metadata out", () => {
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
])("%s belongs to the protocol and is not sent for a caller", (name) => {
  expect(Metadata.from([[name, "x"]]).size).toBe(0);
});

test("the bytes of any -bin value survive the way there and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const value = Metadata.from([["trace-bin", bytes]]).get("trace-bin") as string;
      expect(value).not.toContain("=");
      expect([...decodeBinary(value)]).toEqual([...bytes]);
    }),
  );
});

test("a padded -bin value is read like one without padding", () => {
  expect([...decodeBinary("AQ==")]).toEqual([1]);
  expect([...decodeBinary(encodeBinary(Uint8Array.of(1)))]).toEqual([1]);
});

describe("an entry that gRPC cannot carry is refused by name", () => {
  test.each([
    ["bad name", "x", '[invalid_argument] metadata name "bad name": expected only 0-9 a-z _ . -'],
    ["", "x", '[invalid_argument] metadata name "": expected only 0-9 a-z _ . -'],
    [
      "greeting",
      "grüezi",
      '[invalid_argument] metadata "greeting": expected printable ASCII; use a name that ends in "-bin" for anything else',
    ],
    ["blob", Uint8Array.of(1), '[invalid_argument] metadata "blob": bytes need a name that ends in "-bin"'],
  ])("%j", (name, value, message) => {
    expect(() => Metadata.from([[name, value]])).toThrow(message);
  });

  test("more than a connection survives", () => {
    const name = "x-big";
    const largest = "y".repeat(MAX_METADATA_BYTES - name.length - 32);
    expect(Metadata.from([[name, largest]]).size).toBe(1);
    expect(() => Metadata.from([[name, `${largest}y`]])).toThrow(
      "[resource_exhausted] metadata of 61441 bytes: expected at most 61440",
    );
  });

  test("a line break, which would be a second header", () => {
    expect(() => Metadata.from([["a", "x\r\nb: y"]])).toThrow("printable ASCII");
  });
});
