import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplyText } from "./reply-text.ts";

function read(pieces: readonly string[]): readonly string[] {
  const reply = new ReplyText();
  return pieces.map((piece) => reply.push(piece)).filter((text) => text !== "");
}

test("however an answer is cut into pieces, the reply is the same, and no piece ends in half a character", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.boolean(), cuts, (reply, isAscii, sizes) => {
      const json = JSON.stringify({ reply, questions: [], workflow: { reply: "not this" } });
      const text = isAscii
        ? json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        : json;
      const pieces: string[] = [];
      for (let at = 0, turn = 0; at < text.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        pieces.push(text.slice(at, at + size));
        at += size;
      }
      const shown = read(pieces);
      expect(shown.join("")).toBe(reply);
      for (const piece of shown) expect(piece.isWellFormed()).toBe(true);
    }),
  );
});

test("the reply comes while it arrives", () => {
  expect(read(['{ "rep', 'ly" : "Here ', "is a", ' draft."', ', "workflow": {}}'])).toEqual([
    "Here ",
    "is a",
    " draft.",
  ]);
});

test.for(['```json\n{"reply": "hi"}\n```', '\n{"reply":"hi"}'])("%j has a reply", (text) => {
  expect(read([text])).toEqual(["hi"]);
});

test.for(['{"workflow": {"reply": "no"}}', 'I say "reply": "no"', "<html>", '["reply", "no"]'])(
  "%j has none",
  (text) => {
    expect(read([...text])).toEqual([]);
  },
);
