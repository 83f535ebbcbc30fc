import { MAX_JSON_DEPTH } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { jsonProblem } from "./json-problem.ts";

function nested(levels: number, around: (inner: JsonValue) => JsonValue): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level++) value = around(value);
  return value;
}

test.for<(inner: JsonValue) => JsonValue>([(inner) => [inner], (inner) => ({ a: inner })])(
  "a value of more than 45 levels is too deep: %s",
  (around) => {
    expect(jsonProblem(nested(MAX_JSON_DEPTH, around))).toBeUndefined();
    expect(jsonProblem(nested(MAX_JSON_DEPTH + 1, around))).toMatchObject({ kind: "too-deep" });
    expect(jsonProblem(nested(500_000, around))?.message).toBe("more than 45 levels of lists and objects");
  },
);

test("a value of more than 256 KiB is too large", () => {
  expect(jsonProblem("x".repeat(262_142))).toBeUndefined();
  expect(jsonProblem("x".repeat(262_143))).toEqual({ kind: "too-large", message: "262145 bytes, at most 262144" });
});
