import fc from "fast-check";
import { expect, test } from "vitest";
import { CODE_BITS, EOS } from "./huffman-code.ts";
import { decodeHuffman, maxDecodedBytes } from "./huffman-decode.ts";
import { huffmanBytes, writeHuffman } from "./huffman-encode.ts";

function encode(text: string): Buffer {
  const into = Buffer.alloc(huffmanBytes(text));
  return into.subarray(0, writeHuffman(into, 0, text));
}

function decode(bytes: Uint8Array): string | undefined {
  const into = Buffer.alloc(maxDecodedBytes(bytes.length));
  const length = decodeHuffman(bytes, 0, bytes.length, into);
  return length < 0 ? undefined : into.toString("latin1", 0, length);
}

test("the code is complete: each sequence of bits is the beginning of one", () => {
  const kraftSum = CODE_BITS.reduce((sum, bits) => sum + 2 ** -bits, 0);
  expect({ kraftSum, symbols: CODE_BITS.length }).toEqual({ kraftSum: 1, symbols: EOS + 1 });
});

test("appendix B: the codes of symbols of each length", () => {
  const codeOf = (symbol: number): string =>
    [...encode(String.fromCharCode(symbol))].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  expect(codeOf(48)).toBe("00000111");
  expect(codeOf(32)).toBe("01010011");
  expect(codeOf(58)).toBe("10111001");
  expect(codeOf(59)).toBe("11111011");
  expect(codeOf(33)).toBe("1111111000111111");
  expect(codeOf(92)).toBe("111111111111111000011111");
  expect(codeOf(249)).toBe("11111111111111111111111111101111");
  expect(codeOf(22)).toBe("11111111111111111111111111111011");
});

test("each octet is decoded to itself, wherever its code begins", () => {
  // "0" has five bits: after none to seven of them a code begins at each bit of an octet.
  for (let octet = 0; octet < 256; octet++)
    for (let before = 0; before < 8; before++) {
      const text = `${"0".repeat(before)}${String.fromCharCode(octet)}z`;
      if (decode(encode(text)) !== text) expect.fail(`octet ${octet} after ${before}`);
    }
});

test("encoding writes exactly the octets that were counted", () => {
  const into = Buffer.alloc(10, 0xaa);
  expect(writeHuffman(into, 1, "no-cache")).toBe(1 + huffmanBytes("no-cache"));
  expect(into.toString("hex")).toBe("aaa8eb10649cbfaaaaaa");
});

test("strings are decoded to themselves", () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)),
    maxLength: 200,
  });
  fc.assert(
    fc.property(text, (each) => decode(encode(each)) === each),
    { numRuns: 2_000 },
  );
});

test("octets that are accepted are the encoding of what they say", () => {
  const octets = fc.uint8Array({ minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(octets, (bytes) => {
      const text = decode(bytes);
      if (text !== undefined) expect([...encode(text)]).toEqual([...bytes]);
    }),
    { numRuns: 5_000 },
  );
});

test("EOS is refused", () => {
  // 30 ones, and two more as padding.
  expect(decode(Buffer.of(0xff, 0xff, 0xff, 0xff))).toBeUndefined();
  // "0" before it, whose code is 00000.
  expect(decode(Buffer.of(0x07, 0xff, 0xff, 0xff, 0xff, 0xff))).toBeUndefined();
});

test("a padding has at most seven bits, all ones", () => {
  expect(decode(Buffer.of(0b00000_111))).toBe("0");
  expect(decode(Buffer.of(0b00000_110))).toBeUndefined();
  expect(decode(Buffer.of(0b00000_111, 0xff))).toBeUndefined();
  expect(decode(Buffer.of(0xff))).toBeUndefined();
  expect(decode(Buffer.of(0b00000_000))).toBeUndefined();
  // ":" has seven bits: one bit of padding. "&" has eight: none.
  expect(decode(Buffer.of(0b1011100_1))).toBe(":");
  expect(decode(Buffer.of(0xf8))).toBe("&");
});
