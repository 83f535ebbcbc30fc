import { describe, expect, test } from "vitest";
import { ErrorCode } from "../constants.ts";
import { HpackDecoder, type HpackDecoderOptions } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";
import { fieldBytes, type HeaderField } from "./header-field.ts";
import { HpackError } from "./hpack-error.ts";
import type { Literal } from "./indexing.ts";

/** What this decoder throws for the block. */
function refusal(decoder: HpackDecoder, block: Buffer): HpackError {
  try {
    decoder.decode(block);
  } catch (error) {
    if (error instanceof HpackError) return error;
    throw error;
  }
  throw new Error("the block was accepted");
}

function encoded(literal: Literal, ...fields: readonly HeaderField[]): Buffer {
  return new HpackEncoder({ indexing: { choose: () => literal } }).encode(fields);
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("a block that breaks RFC 7541", () => {
  test.each([
    ["index 0", "80", "index 0: the tables have 1 to 61"],
    ["an index behind the tables", "be", "index 62: the tables have 1 to 61"],
    ["a literal's name behind the tables", "7f 00 00", "index 63: the tables have 1 to 61"],
    ["an integer that does not end", "ff 80", "the header block ends inside a field"],
    ["an integer of more than five octets", "ff 80 80 80 80 00", "an integer has more than 5 octets"],
    ["a literal without a name", "40", "the header block ends inside a field"],
    ["a literal without a value", "40 01 61", "the header block ends inside a field"],
    ["a string longer than the block", "00 05 61", "the header block ends inside a field"],
    ["a string of 2^28 octets", "00 7f 80 ff ff 7f", "the header block ends inside a field"],
    ["a Huffman-coded string with EOS", "00 84 ff ff ff ff 00", "a string has EOS or a wrong padding"],
    ["a Huffman-coded string with a wrong padding", "00 81 00 00", "a string has EOS or a wrong padding"],
    ["a table size above ours", "3f e2 1f", "a table size of 4097: expected at most 4096"],
    ["a table size after a field", "82 20", "a table size update after a field"],
  ])("%s is a COMPRESSION_ERROR of the connection", (_, block, problem) => {
    const decoder = new HpackDecoder();
    const error = refusal(decoder, hex(block));
    expect(error).toMatchObject({
      scope: "connection",
      code: ErrorCode.compressionError,
      message: `COMPRESSION_ERROR: ${problem}`,
    });
    // Its table may differ from the peer's from here on.
    expect(refusal(decoder, hex("82"))).toBe(error);
  });
});

describe("a list above a limit", () => {
  const last: HeaderField = ["x", "1"];

  test.each<[string, HpackDecoderOptions, HeaderField[]]>([
    [
      "maxHeaderListBytes (100)",
      { maxHeaderListBytes: 100 },
      [
        ["a", "1".repeat(36)],
        ["b", ""],
      ],
    ],
    [
      "maxFields (1)",
      { maxFields: 1 },
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["maxStringBytes (9)", { maxStringBytes: 9 }, [["a", "1234567890"]]],
    ["maxStringBytes (9)", { maxStringBytes: 9 }, [["1234567890", "a"]]],
  ])("%s is refused, and the table stays in step", (excess, limits, fields) => {
    const decoder = new HpackDecoder(limits);
    expect(refusal(decoder, encoded("indexed", ...fields, last))).toMatchObject({
      scope: "stream",
      code: ErrorCode.enhanceYourCalm,
      message: `ENHANCE_YOUR_CALM: the header list exceeds ${excess}`,
    });

    expect(decoder.tableBytes).toBe([...fields, last].reduce((sum, each) => sum + fieldBytes(...each), 0));
    expect(decoder.decode(hex("be"))).toEqual([last]);
  });

  test("a list of exactly the limits is accepted", () => {
    const decoder = new HpackDecoder({ maxHeaderListBytes: 71, maxFields: 2, maxStringBytes: 4 });
    const fields: HeaderField[] = [
      ["a", "1234"],
      ["b", "2"],
    ];
    expect(decoder.decode(encoded("not-indexed", ...fields))).toEqual(fields);
  });

  test("an error of the block behind it is the connection's", () => {
    const decoder = new HpackDecoder({ maxFields: 1 });
    expect(refusal(decoder, hex("82 86 80"))).toMatchObject({ scope: "connection" });
  });

  test("a small block that refers to a large entry many times is refused without growing", () => {
    const decoder = new HpackDecoder();
    decoder.decode(encoded("indexed", ["bomb", "b".repeat(4_000)]));
    const before = decoder.tableBytes;
    expect(refusal(decoder, Buffer.alloc(16_384, 0xbe))).toMatchObject({ scope: "stream" });
    expect(decoder.tableBytes).toBe(before);
    expect(decoder.decode(hex("be"))).toEqual([["bomb", "b".repeat(4_000)]]);
  });
});

describe("the size of the dynamic table", () => {
  test("the peer may set it up to ours, and smaller again", () => {
    const decoder = new HpackDecoder({ maxTableBytes: 8_192 });
    decoder.decode(hex("3f e1 3f")); // 8,192
    decoder.decode(encoded("indexed", ["a", "1"]));
    decoder.decode(hex("20"));
    expect(decoder.tableBytes).toBe(0);
    expect(refusal(decoder, hex("be"))).toMatchObject({ scope: "connection" });
  });

  test("after a reduction the next block must begin with an update to it", () => {
    const decoder = new HpackDecoder();
    decoder.setMaxTableSize(100);
    expect(refusal(decoder, hex("82"))).toMatchObject({
      message: expect.stringContaining("expected a table size update"),
    });
  });

  test("after several changes the smallest one must be among the updates", () => {
    const accepted = new HpackDecoder();
    accepted.setMaxTableSize(0);
    accepted.setMaxTableSize(4_096);
    expect(accepted.decode(hex("20 3f e1 1f 82"))).toEqual([[":method", "GET"]]);
    expect(accepted.decode(hex("82"))).toEqual([[":method", "GET"]]);

    const refused = new HpackDecoder();
    refused.setMaxTableSize(0);
    refused.setMaxTableSize(4_096);
    expect(refusal(refused, hex("3f e1 1f 82"))).toMatchObject({ scope: "connection" });
  });

  test("a larger one may be used or not", () => {
    const decoder = new HpackDecoder();
    decoder.setMaxTableSize(10_000);
    expect(decoder.decode(hex("82"))).toEqual([[":method", "GET"]]);
    expect(decoder.decode(hex("3f f1 4d 82"))).toEqual([[":method", "GET"]]); // 10,000
  });

  test("a reduction counts also for a block that was decoded before", () => {
    const decoder = new HpackDecoder();
    decoder.decode(hex("82"));
    decoder.setMaxTableSize(100);
    expect(refusal(decoder, hex("82"))).toMatchObject({ scope: "connection" });
  });
});

describe("blocks that come again", () => {
  test("give the same list while the table stays", () => {
    const decoder = new HpackDecoder();
    const first = decoder.decode(hex("88 86"));
    expect(decoder.decode(hex("88 86"))).toBe(first);
    expect(decoder.decode(hex("88 87"))).not.toBe(first);
    expect(decoder.decode(hex("88 86"))).toBe(first);
  });

  test("mean other fields after an insertion", () => {
    const decoder = new HpackDecoder();
    decoder.decode(encoded("indexed", ["a", "1"]));
    expect(decoder.decode(hex("be"))).toEqual([["a", "1"]]);
    decoder.decode(encoded("indexed", ["a", "2"]));
    expect(decoder.decode(hex("be"))).toEqual([["a", "2"]]);
  });

  test("with an insertion insert each time", () => {
    const decoder = new HpackDecoder();
    const block = encoded("indexed", ["a", "1"]);
    decoder.decode(block);
    decoder.decode(block);
    expect(decoder.tableBytes).toBe(2 * 34);
  });

  test("are not kept with the caller's bytes", () => {
    const decoder = new HpackDecoder();
    const block = hex("88");
    const first = decoder.decode(block);
    block[0] = 0x89;
    expect(decoder.decode(block)).toEqual([[":status", "204"]]);
    expect(decoder.decode(hex("88"))).toEqual(first);
  });
});

test("strings of gRPC are the same whether Huffman-coded or not", () => {
  const fields: HeaderField[] = [
    ["grpc-status", "0"],
    ["content-type", "application/grpc"],
    ["grpc-message", ""],
    ["x-other", "value"],
  ];
  for (const huffman of [false, true]) {
    const encoder = new HpackEncoder({ indexing: { choose: () => "indexed" }, huffman });
    expect(new HpackDecoder().decode(encoder.encode(fields))).toEqual(fields);
  }
});
