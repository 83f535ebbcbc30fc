import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { methodAt } from "../../test/support/loads.ts";
import { Metadata } from "../metadata.ts";
import type { StreamHead } from "../stream.ts";
import { addCallHeaders, encodeTimeout, headerListBytes, type RequestHeaders } from "./headers.ts";

const head = (rest: Partial<StreamHead> = {}): StreamHead => ({
  method: methodAt("/a.B/C"),
  metadata: Metadata.empty,
  timeoutMs: Number.POSITIVE_INFINITY,
  previousAttempts: 0,
  ...rest,
});

function headersOf(rest: Partial<StreamHead>): RequestHeaders {
  const headers: RequestHeaders = {};
  addCallHeaders(headers, head(rest));
  return headers;
}

describe("grpc-timeout", () => {
  test.each([
    [0, "1m"],
    [0.4, "1m"],
    [1, "1m"],
    [1_500, "1500m"],
    [1_500.2, "1501m"],
    [99_999_999, "99999999m"],
    [100_000_000, "100000S"],
    [30 * 86_400_000, "2147483S"],
    [1e15, "2147483S"],
    [Number.MAX_SAFE_INTEGER, "2147483S"],
  ])("%d ms is %s", (ms, encoded) => {
    expect(encodeTimeout(ms)).toBe(encoded);
  });

  test("a timeout has at most eight digits, fits into 31 bits of ms, and below that is never shorter than the given one", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e15, noNaN: true }), fc.nat(40), (wide, shift) => {
        const ms = wide / 2 ** shift;
        const [, digits, unit] = /^(\d{1,8})([mS])$/.exec(encodeTimeout(ms)) ?? [];
        expect(digits).toBeDefined();
        const sentMs = Number(digits) * (unit === "S" ? 1_000 : 1);
        expect(sentMs).toBeLessThan(2 ** 31);
        expect(sentMs).toBeGreaterThanOrEqual(Math.min(Math.floor(ms), 2_147_483_000));
        expect(sentMs).toBeLessThanOrEqual(ms + 1_000);
      }),
    );
  });
});

describe("the headers of a call", () => {
  test("no timeout and no earlier attempts mean no header", () => {
    expect(headersOf({})).toEqual({ ":path": "/a.B/C" });
  });

  test("deadline and previous attempts", () => {
    expect(headersOf({ timeoutMs: 200, previousAttempts: 2 })).toMatchObject({
      "grpc-timeout": "200m",
      "grpc-previous-rpc-attempts": "2",
    });
  });

  test("a name that occurs thrice keeps its values and their order", () => {
    const metadata = Metadata.from([
      ["tag", "a"],
      ["tag", "b"],
      ["tag", "c"],
    ]);
    expect(headersOf({ metadata })["tag"]).toBe("a,b,c");
  });

  test("the values of a -bin name are fields of their own", () => {
    const metadata = Metadata.from([1, 2, 3].map((byte) => ["trace-bin", Uint8Array.of(byte)]));
    expect(headersOf({ metadata })["trace-bin"]).toEqual(["AQ", "Ag", "Aw"]);
  });

  test.each(["constructor", "__proto__", "valueof"])("%s is a name like others", (name) => {
    const metadata = Metadata.from([
      [name, "a"],
      [name, "b"],
    ]);
    expect(Object.getOwnPropertyDescriptor(headersOf({ metadata }), name)?.value).toBe("a,b");
  });

  test("their size is counted as RFC 9113 6.5.2 does: names, values, and 32 for each", () => {
    expect(headerListBytes({ ":path": "/a.B/C", te: "trailers" })).toBe(5 + 6 + 32 + 2 + 8 + 32);
    expect(addCallHeaders({}, head({ method: methodAt("/a.B/C") }))).toBe(5 + 6 + 32);
    const metadata = Metadata.from([
      ["tag", "a"],
      ["trace-bin", Uint8Array.of(0, 255)],
    ]);
    const headers: Record<string, string> = {};
    expect(addCallHeaders(headers, head({ timeoutMs: 200, previousAttempts: 2, metadata }))).toBe(
      headerListBytes(headers),
    );
  });

  test("of values that leave in one field each is counted as a field, which is never too little", () => {
    const metadata = Metadata.from([
      ["tag", "a"],
      ["tag", "bc"],
    ]);
    expect(addCallHeaders({}, head({ metadata }))).toBe(5 + 6 + 32 + (3 + 1 + 32) + (3 + 2 + 32));
  });
});
