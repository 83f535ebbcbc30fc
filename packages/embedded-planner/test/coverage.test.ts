/** The rule of decision 0025: every word with a meaning is in the draft, or there is no draft. */

import { describe, expect, test } from "vitest";
import { sketch } from "../src/testing/index.ts";
import { Coverage } from "../src/understand/coverage.ts";
import { TOKEN } from "../src/understand/tokens.ts";
import { REQUESTS } from "./corpus.ts";
import { converse } from "./plan.ts";

/** Words that change a request, and an unknown one. */
const WORDS = [
  "not",
  "each",
  "until",
  "only",
  "except",
  "twice",
  "yesterday",
  "or",
  "retry",
  "unless",
  "last",
  "frobnicate",
];

/** Where two of the words change nothing: "only if" is "if", "each weekday" is "every weekday". */
const ALIKE =
  /\bonly (?:if|(?:id|name), |name and )|\beach (?:an? )?(?:webhook|week|form|order|new)|\b(?:on|of) (?:the )?each /i;

describe("a word put anywhere into a request is in the draft, changes it, or stops it", () => {
  test.for(REQUESTS)("$say", ({ say, drafts }) => {
    for (const word of WORDS) {
      for (const message of withWord(say, word)) {
        if (ALIKE.test(message)) continue;
        const { spec } = converse(message);
        expect(spec === undefined ? "no draft" : sketch(spec), message).not.toEqual(drafts);
      }
    }
  });
});

/** The message with the word at each place between two of its words. */
function withWord(message: string, word: string): readonly string[] {
  const places = [...message.matchAll(TOKEN)]
    .map(({ index }) => index)
    .filter((index) => /(?:^|\s)$/.test(message.slice(0, index)));
  return [...places, message.length].map((at) =>
    `${message.slice(0, at)} ${word} ${message.slice(at)}`.replace(/ {2,}/g, " ").trim(),
  );
}

test("a leftover is the run of words between what was claimed", () => {
  const message = "fetch https://x.test/a for each order, and twice";
  const coverage = new Coverage(message);
  coverage.claim({ start: 0, end: 22 });
  expect(coverage.leftovers().map(({ words }) => words)).toEqual(["each order", "twice"]);
});

test("a partly claimed word is a leftover as a whole", () => {
  const message = "wait 5m10";
  const coverage = new Coverage(message);
  coverage.claim({ start: 0, end: 7 });
  expect(coverage.leftovers()).toEqual([{ words: "5m10", binding: true }]);
});

test("neutral words are not leftovers, unless capitals or symbols may have a meaning", () => {
  expect(new Coverage("and then please to it, of the").leftovers()).toEqual([]);
  expect(new Coverage("AT").leftovers()).toMatchObject([{ words: "AT" }]);
  expect(new Coverage("[ ]").leftovers()).not.toEqual([]);
});
