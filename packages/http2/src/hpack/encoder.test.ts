import { describe, expect, test } from "vitest";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";
import type { HeaderField } from "./header-field.ts";

const METHOD: readonly HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/test.Echo/Say"],
  [":authority", "10.0.0.1:50051"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
];

const octets = (...bytes: readonly number[]): Buffer => Buffer.from(bytes);

describe("prepared fields", () => {
  test("cost an octet each from the second block on, and stay the same bytes", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const prepared = encoder.prepare(METHOD);
    const blocks = [1, 2, 3].map(() => encoder.encode([], prepared));
    for (const block of blocks) expect(decoder.decode(block)).toEqual(METHOD);
    expect(blocks.slice(1).map(({ length }) => length)).toEqual([METHOD.length, METHOD.length]);
  });

  test("come before the fields of the call", () => {
    const encoder = new HpackEncoder();
    const prepared = encoder.prepare(METHOD);
    const timeout: HeaderField = ["grpc-timeout", "1S"];
    expect(new HpackDecoder().decode(encoder.encode([timeout], prepared))).toEqual([...METHOD, timeout]);
  });

  test("are encoded again after an insertion and after a new table size", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const prepared = encoder.prepare(METHOD);
    const other = encoder.prepare([[":path", "/test.Echo/Other"]]);
    for (let call = 0; call < 3; call++) decoder.decode(encoder.encode([], prepared));
    decoder.decode(encoder.encode([], other));
    expect(decoder.decode(encoder.encode([], prepared))).toEqual(METHOD);
    encoder.setMaxTableSize(0);
    for (let call = 0; call < 3; call++) expect(decoder.decode(encoder.encode([], prepared))).toEqual(METHOD);
  });

  test("of more methods than the table holds are written as literals, and evict nothing", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const methods = Array.from({ length: 200 }, (_, i) => {
      const fields: readonly HeaderField[] = [...METHOD, [":path", `/test.Echo/Method${i}`]];
      return { fields, prepared: encoder.prepare(fields) };
    });
    for (const { prepared } of methods) decoder.decode(encoder.encode([], prepared));
    const { tableBytes } = decoder;
    for (const { fields, prepared } of methods) {
      const first = encoder.encode([], prepared);
      expect(decoder.decode(first)).toEqual(fields);
      expect(encoder.encode([], prepared)).toEqual(first);
    }
    expect(decoder.tableBytes).toBe(tableBytes);
  });

  test("of another connection are refused", () => {
    const prepared = new HpackEncoder().prepare(METHOD);
    expect(() => new HpackEncoder().encode([], prepared)).toThrow("fields that another encoder prepared");
  });
});

describe("fields of a call", () => {
  /** The lengths of the blocks of calls with these values, which the decoder understands. */
  function lengths(name: string, values: readonly string[]): number[] {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    return values.map((value) => {
      const block = encoder.encode([[name, value]]);
      expect(decoder.decode(block)).toEqual([[name, value]]);
      return block.length;
    });
  }

  test("that repeat become one octet", () => {
    expect(lengths("x-tenant", ["blue", "blue", "blue"])).toEqual([15, 12, 1]);
  });

  test("that differ each time cost their value", () => {
    expect(lengths("x-trace", ["1111", "2222", "3333", "4444"])).toEqual([14, 11, 7, 7]);
  });

  test("that are credentials are never indexed, and short cookies neither", () => {
    const encoder = new HpackEncoder();
    for (let call = 0; call < 3; call++) {
      expect(encoder.encode([["authorization", "x"]])).toEqual(octets(0x1f, 0x08, 0x01, 0x78));
      expect(encoder.encode([["proxy-authorization", "x"]])).toEqual(octets(0x1f, 0x22, 0x01, 0x78));
      expect(encoder.encode([["cookie", "x"]])).toEqual(octets(0x1f, 0x11, 0x01, 0x78));
    }
    const prepared = encoder.prepare([["authorization", "x"]]);
    expect(encoder.encode([], prepared)).toEqual(octets(0x1f, 0x08, 0x01, 0x78));
  });

  test("do not fill the table however many values they have", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    for (let call = 0; call < 2_000; call++)
      decoder.decode(
        encoder.encode([
          ["grpc-timeout", `${call >>> 1}m`],
          [`x-name-${call >>> 1}`, "1"],
        ]),
      );
    expect(decoder.tableBytes).toBeLessThan(2_048);
  });
});

describe("the size of the table", () => {
  test("the smallest and the last size since the last block are at its beginning", () => {
    const encoder = new HpackEncoder();
    encoder.setMaxTableSize(100);
    encoder.setMaxTableSize(10);
    encoder.setMaxTableSize(1_000);
    expect(encoder.encode([[":method", "GET"]])).toEqual(octets(0x2a, 0x3f, 0xc9, 0x07, 0x82));
    expect(encoder.encode([[":method", "GET"]])).toEqual(octets(0x82));
  });

  test("a size that came back is told all the same, since the peer has emptied its table", () => {
    const encoder = new HpackEncoder();
    encoder.setMaxTableSize(0);
    encoder.setMaxTableSize(4_096);
    expect(encoder.encode([])).toEqual(octets(0x20, 0x3f, 0xe1, 0x1f));
  });

  test("one update says the only size", () => {
    const encoder = new HpackEncoder();
    encoder.setMaxTableSize(0);
    expect(encoder.encode([])).toEqual(octets(0x20));
  });

  test("a peer that admits more than ours changes nothing", () => {
    const encoder = new HpackEncoder();
    encoder.setMaxTableSize(0xff_ff_ff_ff);
    expect(encoder.encode([[":method", "GET"]])).toEqual(octets(0x82));
  });

  test("a larger table of ours is used when the peer admits it", () => {
    const encoder = new HpackEncoder({ maxTableBytes: 8_192 });
    expect(encoder.encode([])).toEqual(octets());
    encoder.setMaxTableSize(65_536);
    expect(encoder.encode([])).toEqual(octets(0x3f, 0xe1, 0x3f));
  });

  test("a smaller table of ours is told in the first block", () => {
    expect(new HpackEncoder({ maxTableBytes: 0 }).encode([])).toEqual(octets(0x20));
  });

  test("our decoder follows every change", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder({ maxTableBytes: 4_096 });
    const prepared = encoder.prepare(METHOD);
    for (const size of [4_096, 200, 0, 50, 4_096, 100]) {
      encoder.setMaxTableSize(size);
      decoder.setMaxTableSize(size);
      for (let call = 0; call < 4; call++)
        expect(decoder.decode(encoder.encode([["x-a", "1"]], prepared))).toEqual([...METHOD, ["x-a", "1"]]);
      expect(decoder.tableBytes).toBeLessThanOrEqual(size);
    }
  });
});

test("a block is written into the caller's buffer and never longer than announced", () => {
  const encoder = new HpackEncoder();
  const prepared = encoder.prepare(METHOD);
  const fields: HeaderField[] = [["x-long", "\u00ff".repeat(300)]];
  const into = Buffer.alloc(1_000, 0xaa);
  for (let call = 0; call < 3; call++) {
    const most = encoder.maxEncodedBytes(fields, prepared);
    const end = encoder.encodeInto(into, 7, fields, prepared);
    expect(end - 7).toBeLessThanOrEqual(most);
    expect(into[6]).toBe(0xaa);
    expect(into[end]).toBe(0xaa);
    into.fill(0xaa);
  }
});
