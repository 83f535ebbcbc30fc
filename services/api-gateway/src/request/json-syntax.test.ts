import fc from "fast-check";
import { expect, test } from "vitest";
import { describePosition, findSyntaxFault } from "./json-syntax.ts";

const FAULTS: readonly (readonly [text: string, offset: number, expected: string])[] = [
  ["", 0, "a value"],
  ["abc", 0, "a value"],
  ["nul", 0, "a value"],
  ['{"a":}', 5, "a value"],
  ['{"a" 1}', 5, '":"'],
  ['{"a":1,}', 7, "a property name in double quotes"],
  ["{a:1}", 1, 'a property name in double quotes or "}"'],
  ['{"a":1 "b":2}', 7, '"," or "}"'],
  ["[1 2]", 3, '"," or "]"'],
  ["[,]", 1, 'a value or "]"'],
  ['{"a":01}', 6, '"," or "}"'],
  ['{"a":1}}', 7, "the end"],
  ['{"a":1} // x', 8, "the end"],
  ["[/* x */1]", 1, 'a value or "]"'],
  ["[1,]", 3, "a value"],
  ['{"a":1', 6, '"," or "}"'],
  ['["a', 3, "a valid character or the end of the string"],
  ['["a\\x"]', 3, "a valid character or the end of the string"],
  ['["a\n"]', 3, "a valid character or the end of the string"],
  ['"', 1, "a valid character or the end of the string"],
];

test.each(FAULTS)("the fault of %j is at offset %d", (text, offset, expected) => {
  expect(findSyntaxFault(text)).toEqual({ offset, expected });
});

test("a text has a fault exactly when JSON.parse refuses it", () => {
  const jsonLike = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0041tr e-1.'.split(""), "null", '"a"', "0") });
  const mutated = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", '"', "\\", "x", "\n"))
    .map(([json, at, insert]) => {
      const position = at % (json.length + 1);
      return json.slice(0, position) + insert + json.slice(position + 1);
    });
  fc.assert(
    fc.property(fc.oneof(jsonLike, mutated, fc.json()), (text) => {
      expect(findSyntaxFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2_000 },
  );
});

test("the largest body is searched without a stack overflow", () => {
  const size = 512 * 1024;
  expect(findSyntaxFault("[".repeat(size))?.offset).toBe(size);
  expect(findSyntaxFault(`"${"x".repeat(size)}`)?.offset).toBe(size + 1);
});

test("a position counts lines and columns from one", () => {
  expect(describePosition('{\n  "a": x', 9)).toBe("line 2, column 8");
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
