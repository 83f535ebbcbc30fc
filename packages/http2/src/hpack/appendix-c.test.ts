/** RFC 7541, appendix C: each example decoded, and encoded to the same octets. */

import { describe, expect, test } from "vitest";
import { BlockReader } from "./block-reader.ts";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";
import type { HeaderField } from "./header-field.ts";
import type { Literal } from "./indexing.ts";
import { writeInteger } from "./integer.ts";

describe("C.1, integers", () => {
  test.each([
    { section: "C.1.1", value: 10, prefixBits: 5, octets: [0b01010] },
    { section: "C.1.2", value: 1_337, prefixBits: 5, octets: [0b11111, 0b10011010, 0b00001010] },
    { section: "C.1.3", value: 42, prefixBits: 8, octets: [0b00101010] },
  ])("$section: $value with a prefix of $prefixBits bits", ({ value, prefixBits, octets }) => {
    const into = new Uint8Array(8);
    expect([...into.subarray(0, writeInteger(into, 0, 0, prefixBits, value))]).toEqual(octets);

    const reader = new BlockReader();
    reader.open(Buffer.from(octets));
    expect(reader.readInteger(prefixBits)).toBe(value);
    expect(reader.isAtEnd).toBe(true);
  });
});

describe("C.2, header fields", () => {
  test.each<{ section: string; hex: string; field: HeaderField; literal: Literal; tableBytes: number }>([
    {
      section: "C.2.1, literal with indexing",
      hex: "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
      field: ["custom-key", "custom-header"],
      literal: "indexed",
      tableBytes: 55,
    },
    {
      section: "C.2.2, literal without indexing",
      hex: "040c 2f73 616d 706c 652f 7061 7468",
      field: [":path", "/sample/path"],
      literal: "not-indexed",
      tableBytes: 0,
    },
    {
      section: "C.2.3, literal never indexed",
      hex: "1008 7061 7373 776f 7264 0673 6563 7265 74",
      field: ["password", "secret"],
      literal: "never-indexed",
      tableBytes: 0,
    },
    { section: "C.2.4, index", hex: "82", field: [":method", "GET"], literal: "indexed", tableBytes: 0 },
  ])("$section", ({ hex, field, literal, tableBytes }) => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(octets(hex))).toEqual([field]);
    expect(decoder.tableBytes).toBe(tableBytes);

    const encoder = new HpackEncoder({ indexing: { choose: () => literal }, huffman: false });
    expect(encoder.encode([field])).toEqual(octets(hex));
  });
});

/** One block of a sequence on a connection, and the dynamic table after it, the newest entry first. */
interface Step {
  readonly hex: string;
  readonly fields: readonly HeaderField[];
  readonly table: readonly HeaderField[];
  readonly tableBytes: number;
}

const AUTHORITY: HeaderField = [":authority", "www.example.com"];
const NO_CACHE: HeaderField = ["cache-control", "no-cache"];
const CUSTOM: HeaderField = ["custom-key", "custom-value"];

const REQUESTS: readonly Omit<Step, "hex">[] = [
  {
    fields: [[":method", "GET"], [":scheme", "http"], [":path", "/"], AUTHORITY],
    table: [AUTHORITY],
    tableBytes: 57,
  },
  {
    fields: [[":method", "GET"], [":scheme", "http"], [":path", "/"], AUTHORITY, NO_CACHE],
    table: [NO_CACHE, AUTHORITY],
    tableBytes: 110,
  },
  {
    fields: [[":method", "GET"], [":scheme", "https"], [":path", "/index.html"], AUTHORITY, CUSTOM],
    table: [CUSTOM, NO_CACHE, AUTHORITY],
    tableBytes: 164,
  },
];

const STATUS_302: HeaderField = [":status", "302"];
const STATUS_307: HeaderField = [":status", "307"];
const PRIVATE: HeaderField = ["cache-control", "private"];
const DATE_21: HeaderField = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"];
const DATE_22: HeaderField = ["date", "Mon, 21 Oct 2013 20:13:22 GMT"];
const LOCATION: HeaderField = ["location", "https://www.example.com"];
const GZIP: HeaderField = ["content-encoding", "gzip"];
const COOKIE: HeaderField = ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"];

const RESPONSES: readonly Omit<Step, "hex">[] = [
  {
    fields: [STATUS_302, PRIVATE, DATE_21, LOCATION],
    table: [LOCATION, DATE_21, PRIVATE, STATUS_302],
    tableBytes: 222,
  },
  {
    fields: [STATUS_307, PRIVATE, DATE_21, LOCATION],
    table: [STATUS_307, LOCATION, DATE_21, PRIVATE],
    tableBytes: 222,
  },
  {
    fields: [[":status", "200"], PRIVATE, DATE_22, LOCATION, GZIP, COOKIE],
    table: [COOKIE, GZIP, DATE_22],
    tableBytes: 215,
  },
];

/** C.5 and C.6: "HTTP/2 setting parameter SETTINGS_HEADER_TABLE_SIZE is set to the value of 256 octets". */
const SMALL_TABLE_BYTES = 256;

describe.each([
  {
    section: "C.3, requests without Huffman coding",
    huffman: false,
    maxTableBytes: 4_096,
    steps: withOctets(
      REQUESTS,
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ),
  },
  {
    section: "C.4, requests with Huffman coding",
    huffman: true,
    maxTableBytes: 4_096,
    steps: withOctets(
      REQUESTS,
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ),
  },
  {
    section: "C.5, responses without Huffman coding, with evictions",
    huffman: false,
    maxTableBytes: SMALL_TABLE_BYTES,
    steps: withOctets(
      RESPONSES,
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
       3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
       7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
       6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
    ),
  },
  {
    section: "C.6, responses with Huffman coding, with evictions",
    huffman: true,
    maxTableBytes: SMALL_TABLE_BYTES,
    steps: withOctets(
      RESPONSES,
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
       1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
       e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ),
  },
])("$section", ({ huffman, maxTableBytes, steps }) => {
  test("decoded, with the dynamic table after each block", () => {
    const decoder = new HpackDecoder({ maxTableBytes });
    for (const { hex, fields, table, tableBytes } of steps) {
      expect(decoder.decode(octets(hex))).toEqual(fields);
      expect(decoder.tableBytes).toBe(tableBytes);
      expect(decoder.decode(Buffer.from(table.map((_, distance) => 0x80 | (62 + distance))))).toEqual(table);
    }
  });

  test("encoded, when every field is indexed", () => {
    const encoder = new HpackEncoder({ maxTableBytes, indexing: { choose: () => "indexed" }, huffman });
    encoder.encode([]); // the size update, which the examples do not have
    for (const { hex, fields } of steps) expect(encoder.encode(fields)).toEqual(octets(hex));
  });
});

function withOctets(steps: readonly Omit<Step, "hex">[], ...hex: readonly string[]): readonly Step[] {
  return steps.map((step, at) => ({ ...step, hex: hex[at] as string }));
}

function octets(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
}
