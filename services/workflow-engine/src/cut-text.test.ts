import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "./cut-text.ts";

test("a text that fits is unchanged, and a longer one is cut and marked", () => {
  expect(cutText("short", 40)).toBe("short");
  expect(cutText("x".repeat(100), 40)).toBe(`${"x".repeat(20)}… (cut: 100 bytes)`);
});

test("a cut text is not longer than the limit, and contains no torn character", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.integer({ min: 30, max: 100 }),
      (text, maxBytes) => {
        fc.pre(!text.includes("\uFFFD"));
        const cut = cutText(text, maxBytes);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(maxBytes, 30));
        expect(cut).not.toContain("\uFFFD");
        expect(text.startsWith(cut.replace(/… \(cut: \d+ bytes\)$/, ""))).toBe(true);
      },
    ),
  );
});
