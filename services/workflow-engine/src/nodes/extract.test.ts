import { expect, test } from "vitest";
import { extract, isExtractive } from "./extract.ts";

const REPORT = `The bakery opened in May. Sales of bread grew every week in summer. The walls are blue.
Bread sales fell in autumn because the price of flour rose. A cat lives next door. Flour is cheaper again since November.`;

test("a summary has the sentences about what the text is about, in its order", () => {
  expect(extract("Summarize it", REPORT)).toBe(
    "Sales of bread grew every week in summer. Bread sales fell in autumn because the price of flour rose. Flour is cheaper again since November.",
  );
});

test("the prompt says how many, and about what", () => {
  expect(extract("Summarize it in one sentence", REPORT)).toBe(
    "Bread sales fell in autumn because the price of flour rose.",
  );
  expect(extract("Find 1 sentence about the cat", REPORT)).toBe("A cat lives next door.");
});

test("a text that is short enough is its own summary; tags and headers are no text", () => {
  expect(extract("Summarize", "One. Two.")).toBe("One. Two.");
  const page = { status: 200, headers: { server: "x" }, body: "<h1>Title</h1><script>bad()</script><p>Text.</p>" };
  expect(extract("Summarize", page)).toBe("Title Text.");
});

test("a list of records has a line for each of them; a value without text is shown as JSON", () => {
  const orders = [
    { id: 1, total: 5 },
    { id: 2, total: 9 },
  ];
  expect(extract("List the orders", orders)).toBe("id: 1, total: 5 id: 2, total: 9");
  expect(extract("Summarize", { total: 5 })).toBe('{"total":5}');
});

test("a text of a megabyte without an end takes no long time", () => {
  expect(extract("Summarize", "word ".repeat(200_000)).length).toBeLessThan(65 * 1024);
});

test.for(["Summarize it", "sum it up", "Pick the best", "list the key points", "Give me a brief overview"])(
  "%s is answered from the text",
  (prompt) => expect(isExtractive(prompt)).toBe(true),
);

test.for(["Say hello", "Translate it to German", "Write a summary as a poem", "summarize it in French"])(
  "%s needs a model",
  (prompt) => expect(isExtractive(prompt)).toBe(false),
);
