import fc from "fast-check";
import { expect, test } from "vitest";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";
import { fieldBytes, type HeaderField } from "./header-field.ts";
import { HpackError } from "./hpack-error.ts";
import type { Literal } from "./indexing.ts";
import { STATIC_TABLE } from "./static-table.ts";

const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const text = fc.oneof(fc.string({ unit: octet, maxLength: 12 }), fc.string({ unit: octet, maxLength: 300 }));
/** Few names and values, so that they come again. */
const name = fc.oneof(fc.constantFrom("x-a", "x-b", "grpc-timeout", "authorization", "cookie"), text);
const value = fc.oneof(fc.constantFrom("", "0", "1", "application/grpc"), text);
const field: fc.Arbitrary<HeaderField> = fc.oneof(fc.tuple(name, value), fc.constantFrom(...STATIC_TABLE));
const fields = fc.array(field, { maxLength: 12 });
const tableBytes = fc.oneof(fc.constantFrom(0, 4_096), fc.integer({ min: 0, max: 10_000 }));

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("call" as const), fields, method: fc.integer({ min: -1, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resize" as const), tableBytes }) },
);

const literals = fc.infiniteStream(fc.constantFrom<Literal>("indexed", "not-indexed", "never-indexed"));
const encoders = fc.oneof(
  fc.record({ maxTableBytes: tableBytes }),
  fc.record({ maxTableBytes: tableBytes, huffman: fc.boolean(), literals }).map(({ literals: stream, ...options }) => ({
    ...options,
    indexing: { choose: () => stream.next().value as Literal },
  })),
);

test("whatever the fields, the sizes and the choice of literals, a decoder reads what the encoder was given", () => {
  fc.assert(
    fc.property(
      encoders,
      fc.array(fields, { minLength: 3, maxLength: 3 }),
      fc.array(step, { maxLength: 30 }),
      (options, methods, steps) => {
        const encoder = new HpackEncoder(options);
        const decoder = new HpackDecoder();
        const prepared = methods.map((each) => encoder.prepare(each));
        for (const each of steps) {
          if (each.kind === "resize") {
            encoder.setMaxTableSize(each.tableBytes);
            decoder.setMaxTableSize(each.tableBytes);
            continue;
          }
          const most = encoder.maxEncodedBytes(each.fields, prepared[each.method]);
          const block = encoder.encode(each.fields, prepared[each.method]);
          expect(block.length).toBeLessThanOrEqual(most);
          expect(decoder.decode(block)).toEqual([...(methods[each.method] ?? []), ...each.fields]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("any octets are decoded or refused with HpackError, within the limits", () => {
  const limits = { maxTableBytes: 300, maxHeaderListBytes: 400, maxStringBytes: 50, maxFields: 5 };
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (blocks) => {
      const decoder = new HpackDecoder(limits);
      for (const block of blocks) {
        try {
          const list = decoder.decode(Buffer.from(block));
          expect(list.reduce((sum, each) => sum + fieldBytes(...each), 0)).toBeLessThanOrEqual(
            limits.maxHeaderListBytes,
          );
          expect(list.length).toBeLessThanOrEqual(limits.maxFields);
        } catch (error) {
          expect(error).toBeInstanceOf(HpackError);
        }
        expect(decoder.tableBytes).toBeLessThanOrEqual(limits.maxTableBytes);
      }
    }),
    { numRuns: 2_000 },
  );
});
