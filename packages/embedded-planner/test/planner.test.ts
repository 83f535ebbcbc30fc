import { describe, expect, test } from "vitest";
import { sketch } from "../src/testing/index.ts";
import { ANSWERED, INCOMPLETE, REQUESTS, TALK } from "./corpus.ts";
import { HARD_ASKED, HARD_DRAFTED } from "./hard-requests.ts";
import { converse, planned } from "./plan.ts";

describe("a complete request is drafted", () => {
  test.for(REQUESTS)("$say", ({ say, drafts, leftOut = [] }) => {
    const { spec, questions, leftOut: left } = converse(say);
    expect(questions).toEqual([]);
    expect(spec && sketch(spec)).toEqual(drafts);
    expect(left).toEqual(leftOut);
  });
});

describe("a request with a missing value leads to one question and no draft", () => {
  test.for(INCOMPLETE)("$say", ({ say, asks }) => {
    const { spec, questions, text } = converse(say);
    expect(spec).toBeUndefined();
    expect(questions.map(({ id }) => id)).toEqual([asks]);
    expect(questions[0]?.required).toBe(true);
    expect(text).toContain(questions[0]?.text);
  });
});

describe("an easily misread request is drafted as it is meant", () => {
  test.for(HARD_DRAFTED)("$say", ({ say, drafts }) => {
    const { spec, leftOut } = converse(say);
    expect(spec && sketch(spec)).toEqual(drafts);
    expect(leftOut).toEqual([]);
  });
});

describe("a request with unknown words is not drafted, and the answer names the words", () => {
  test.for(HARD_ASKED)("$say", ({ say, asks, naming = [] }) => {
    const { spec, questions, text } = converse(say);
    expect(spec).toBeUndefined();
    expect(questions.map(({ id }) => id)).toEqual(asks === "nothing" ? [] : [asks]);
    for (const words of naming) expect(text).toContain(words);
  });
});

describe("the answers complete the draft", () => {
  test.for(ANSWERED)("$say", ({ say, answers = [], drafts, leftOut = [] }) => {
    const { spec, leftOut: left } = converse(say, ...answers);
    expect(spec && sketch(spec)).toEqual(drafts);
    expect(left).toEqual(leftOut);
  });
});

describe("small talk is answered with a question, and not drafted", () => {
  test.for(TALK)("%j", (say) => {
    const { spec, questions, text } = converse(say);
    expect(spec).toBeUndefined();
    expect(questions).toEqual([]);
    expect(text).toMatch(/What would you like to automate\?|I understand English only yet/);
  });
});

test("a question is repeated after an answer that does not fit", () => {
  const { questions, text } = converse("fetch the orders", "I do not know");
  expect(questions.map(({ id }) => id)).toEqual(["url"]);
  expect(text).toMatch(/^That does not answer it yet/);
});

test("a whole request in place of an answer takes the place of the open one", () => {
  const { spec } = converse("fetch the orders", "every day at 9am tell #ops that it is nine");
  expect(spec && sketch(spec)).toEqual(["CRON 0 9 * * *", "SLACK it is nine needs /webhook_url"]);
});

test("an open request can be given up", () => {
  const { questions, spec, text } = converse("fetch the orders", "never mind");
  expect({ questions, spec }).toEqual({ questions: [], spec: undefined });
  expect(text).toContain("I leave it");
});

test("the answer says every step, how conditions read lists and missing fields, and how to store and run the draft", () => {
  const message = "every day at 9am fetch https://example.com/a, if total is over 5 post it to #ops";
  const { text } = planned({ message });
  expect(text.split("\n")).toEqual([
    "Here is a draft with 4 steps:",
    "1. Start every day at 09:00, UTC, as you named no time zone.",
    "2. Fetch https://example.com/a.",
    '3. Go on only if total is over 5 (in a list, if it holds for any entry; a missing total counts as no, and text such as "12" counts as a number).',
    "4. Post it to Slack #ops.",
    'Before it can run, fill in webhook url of "Post to Slack #ops".',
    'Nothing is stored yet. If this is what you mean, say "save it" or "run it".',
  ]);
});

test("a request with more than 100 steps is refused with an explanation", () => {
  const { spec, text } = converse("wait 1 minute, ".repeat(120));
  expect(spec).toBeUndefined();
  expect(text).toContain("at most 100");
});
