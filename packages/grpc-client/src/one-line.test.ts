import { expect, test } from "vitest";
import { escaped, oneLine } from "./one-line.ts";

test("line breaks and control characters become spaces", () => {
  expect(oneLine("error:0A00010B:SSL routines::wrong version number:\nssl3_record.c:355:\n\x1b[31m")).toBe(
    "error:0A00010B:SSL routines::wrong version number: ssl3_record.c:355: [31m",
  );
});

test("a value keeps its white space, and its line breaks are escaped", () => {
  expect(escaped(' a  b\n"c" ')).toBe(String.raw` a  b\n\"c\" `);
});

test("a text that is too long for an error message is cut", () => {
  expect(oneLine("x".repeat(16_384))).toBe(`${"x".repeat(220)}…`);
  expect(escaped("x".repeat(16_384))).toBe(`${"x".repeat(220)}…`);
});
