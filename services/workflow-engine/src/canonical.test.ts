import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, contentHash } from "./canonical.ts";

test("the hash depends on the order of items, and not on the order of members", () => {
  expect(contentHash({ a: 1, b: [{ d: 1, c: 2 }] })).toBe(contentHash({ b: [{ c: 2, d: 1 }], a: 1 }));
  expect(contentHash([1, 2])).not.toBe(contentHash([2, 1]));
});

test("the text is JSON of the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value);
      expect(JSON.parse(canonicalJson(JSON.parse(json)))).toEqual(JSON.parse(json));
    }),
  );
});
