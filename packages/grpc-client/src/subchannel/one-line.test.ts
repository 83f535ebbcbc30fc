import { expect, test } from "vitest";
import { oneLine } from "./one-line.ts";

test("line breaks and control characters become spaces", () => {
  expect(oneLine("error:0A00010B:SSL routines::wrong version number:\nssl3_record.c:355:\n\x1b[31m")).toBe(
    "error:0A00010B:SSL routines::wrong version number: ssl3_record.c:355: [31m",
  );
});

test("a text that is too long for an error message is cut", () => {
  expect(oneLine("x".repeat(16_384))).toBe(`${"x".repeat(256)}…`);
});
