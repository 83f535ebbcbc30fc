import { describe, expect, test } from "vitest";
import { sketch } from "../src/testing/index.ts";
import { converse } from "./plan.ts";
import { play } from "./requests/play.ts";

const SLACK_ERROR = "error: SLACK $string(input) needs /webhook_url";

const DRAFTED: readonly (readonly [say: string, ...drafts: string[]])[] = [
  [
    "call https://x.test/pay, retry 3 times, and if it still fails tell #ops",
    "HTTP GET https://x.test/pay attempts=4",
    SLACK_ERROR,
  ],
  [
    "call https://x.test/a with a timeout of 2 minutes and retry it twice",
    "HTTP GET https://x.test/a attempts=3 timeout=120",
  ],
  ["call https://x.test/a and try again up to 5 times if it fails", "HTTP GET https://x.test/a attempts=6"],
  ["call https://x.test/a, if it fails retry 3 times", "HTTP GET https://x.test/a attempts=4"],
  [
    "call https://x.test/a with 3 retries, if it fails, then tell #ops",
    "HTTP GET https://x.test/a attempts=4",
    SLACK_ERROR,
  ],
  ["call https://x.test/a with up to 3 attempts", "HTTP GET https://x.test/a attempts=3"],
  [
    "fetch https://x.test/a and post it to https://y.test/b with 2 retries",
    "HTTP GET https://x.test/a",
    "HTTP POST https://y.test/b body=input.body attempts=3",
  ],
  ["fetch https://x.test/a, on error tell #ops", "HTTP GET https://x.test/a", SLACK_ERROR],
  [
    "call https://x.test/a; on failure call https://x.test/b",
    "HTTP GET https://x.test/a",
    "error: HTTP GET https://x.test/b",
  ],
  [
    'try https://x.test/a and if it doesn\'t work tell #ops "a is down"',
    "HTTP GET https://x.test/a",
    "error: SLACK a is down needs /webhook_url",
  ],
  ["ping https://x.test/a and tell #ops if it does not respond", "HTTP GET https://x.test/a", SLACK_ERROR],
  ["check https://x.test/a. Alert #ops if the site is down", "HTTP GET https://x.test/a", SLACK_ERROR],
  [
    "fetch https://x.test/a and post it to https://y.test/b, if the post fails tell #ops",
    "HTTP GET https://x.test/a",
    "HTTP POST https://y.test/b body=input.body",
    SLACK_ERROR,
  ],
  [
    'fetch https://x.test/a and post it to https://y.test/b, if the fetch fails tell #ops "bad"',
    "HTTP GET https://x.test/a",
    "HTTP POST https://y.test/b body=input.body",
    "error of fetch_a: SLACK bad needs /webhook_url",
  ],
  [
    "fetch https://x.test/a, if it fails tell #ops, otherwise post it to https://y.test/b",
    "HTTP GET https://x.test/a",
    SLACK_ERROR,
    "result of fetch_a: HTTP POST https://y.test/b body=input.body",
  ],
  [
    "for each order in https://x.test/orders post it to https://y.test/o",
    "HTTP GET https://x.test/orders",
    "FOR_EACH items=input.body",
    "item: HTTP POST https://y.test/o body=input",
  ],
  [
    "fetch https://x.test/orders and post each order to https://y.test/o",
    "HTTP GET https://x.test/orders",
    "FOR_EACH items=input.body",
    "item: HTTP POST https://y.test/o body=input",
  ],
  [
    "fetch https://x.test/orders and post it to https://y.test/o for each order",
    "HTTP GET https://x.test/orders",
    "FOR_EACH items=input.body",
    "item: HTTP POST https://y.test/o body=input",
  ],
  [
    'fetch https://x.test/orders, for each order if total is over 100 tell #ops "big"',
    "HTTP GET https://x.test/orders",
    "FOR_EACH items=input.body",
    "item: IF $exists(input[$exists(total[$amount($) > 100])])",
    "true: SLACK big needs /webhook_url",
  ],
  [
    "fetch https://x.test/servers, for each of them call https://x.test/restart",
    "HTTP GET https://x.test/servers",
    "FOR_EACH items=input.body",
    "item: HTTP GET https://x.test/restart",
  ],
];

test.for(DRAFTED)("%s", ([say, ...drafts]) => {
  const { spec, questions } = converse(say);
  expect(questions).toEqual([]);
  expect(spec && sketch(spec)).toEqual(["MANUAL", ...drafts]);
});

describe("words with two meanings, or beyond the engine's limits, are asked about", () => {
  test.for([
    ["fetch https://x.test/a and post it to https://y.test/b, if it fails tell #ops", '"Fetch a" or "POST b"'],
    ["fetch https://x.test/a and post it to https://y.test/b, retry 3 times", '"Fetch a" or "POST b"'],
    ['call https://x.test/a, if it fails retry 3 times and then tell #ops "x"', "for the last failure only"],
    ["fetch https://x.test/a, post it to https://y.test/b and tell #ops if it fails", '"Fetch a" or "POST b"'],
    ["post it to https://y.test/b if it fails", "if it fails"],
    ['call https://x.test/a, retry 3 times if it fails, then tell #ops "x"', "for the last failure only"],
    ['call https://x.test/a, retry 3 times if it fails and tell #ops "x"', "for the last failure only"],
    ["call https://x.test/a with 20 retries", "20 retries"],
    ["call https://x.test/a with a timeout of 2 hours", "timeout of 2 hours"],
    ["call https://x.test/a 3 times", "3 times"],
    ["call https://x.test/a and ignore errors", "ignore errors"],
    ["fetch https://x.test/orders, for each unpaid order post it to https://y.test/o", "each unpaid order"],
    ["fetch https://x.test/orders, summarize it, for each one post it to https://y.test/o", "each one"],
    ["when an order comes in, for each item in it post it to https://y.test/i", "each item"],
    [
      "fetch https://x.test/a and for each one fetch https://x.test/b and for each one call https://x.test/c",
      "each one",
    ],
  ] as const)("%s", ([say, naming]) => {
    const { spec, questions, text } = converse(say);
    expect(spec).toBeUndefined();
    expect(questions.map(({ id }) => id)).toEqual(["not_understood"]);
    expect(text).toContain(naming);
  });
});

const AFTER_FAILURE = 'fetch https://x.test/a. If it fails tell #ops. Then post it to https://y.test/b "x"';
const AFTER_LOOP = 'fetch https://x.test/orders, for each order post it to https://y.test/o, then tell #ops "done"';

const IN_LOOP =
  'fetch https://x.test/orders, for each order if total is over 5 post it to https://y.test/o. Then tell #ops "done"';

test.for([
  [IN_LOOP, "once afterwards", "result of for_each_order: SLACK done needs /webhook_url"],
  [IN_LOOP, "for each order", "SLACK done needs /webhook_url"],
  [IN_LOOP, "only in that case", "SLACK done needs /webhook_url"],
  [AFTER_FAILURE, "only without a failure", "result of fetch_a: HTTP POST https://y.test/b body=x"],
  [AFTER_FAILURE, "only after the failure", "HTTP POST https://y.test/b body=x"],
  [AFTER_FAILURE, "in any case", "HTTP POST https://y.test/b body=x"],
  [AFTER_LOOP, "once afterwards", "result of for_each_order: SLACK done needs /webhook_url"],
  [AFTER_LOOP, "for each order", "SLACK done needs /webhook_url"],
] as const)("%s, answered: %s", ([say, answer, last]) => {
  expect(converse(say).questions).toMatchObject([{ id: "case" }]);
  const { spec } = converse(say, answer);
  expect(spec && sketch(spec).at(-1)).toBe(last);
});

test("a case that was opened before a loop ends it", () => {
  const say =
    'fetch https://x.test/orders, if state is open for each order post it to https://y.test/o, otherwise tell #ops "closed"';
  const { spec } = converse(say);
  expect(spec && sketch(spec).slice(-2)).toEqual([
    "item: HTTP POST https://y.test/o body=input",
    "false of if_state_is_open: SLACK closed needs /webhook_url",
  ]);
});

test("the draft's text says attempts, limits, what the error leads to, and what a loop needs", () => {
  const { text } = converse(
    "for each order in https://x.test/orders post it to https://y.test/o with a timeout of 90 seconds and 1 retry, if the post fails tell #ops",
  );
  expect(text.split("\n").slice(3, 6)).toEqual([
    "3. Go through the response, which has to be a list, one entry after the other.",
    "4. For each order: POST it to https://y.test/o, with up to 1 retry, each attempt for at most 90 seconds.",
    '5. If "POST o" fails: Post the error to Slack #ops.',
  ]);
});

test("a step on which a case depends is not removed", () => {
  const draft = "fetch https://x.test/a, if it fails tell #ops";
  expect(play([draft, "drop the fetch"]).text).toContain("Other steps depend on the outcome");
  expect(play([draft, "drop the slack message"]).text).toContain("leaves a gap: What should happen if it fails?");
});

const BASE =
  "every weekday at 9am fetch https://x.test/orders, if total is over 100 ask me to approve, then post it to #sales";

test.for([
  [
    "retry the fetch 3 times",
    "HTTP GET https://x.test/orders attempts=4",
    '"Fetch orders" now runs with up to 3 retries.',
  ],
  [
    "add a timeout of 30 seconds to the fetch",
    "HTTP GET https://x.test/orders timeout=30",
    "each attempt for at most 30 seconds.",
  ],
  [
    "if the fetch fails tell #ops",
    "error of fetch_orders: SLACK $string(input) needs /webhook_url",
    'I added what happens if "Fetch orders" fails',
  ],
  [
    "if the slack message fails call https://x.test/b",
    "error: HTTP GET https://x.test/b",
    'if "Post to Slack #sales" fails',
  ],
  ["make it 10am on mondays", "CRON 0 10 * * 1", "It now starts every Monday at 10:00."],
] as const)("beside a draft: %s", ([message, line, says]) => {
  const { draft, text } = play([BASE, message]);
  expect(draft).toContain(line);
  expect(text).toContain(says);
});

test.for([
  ["if it fails tell #ops", '"Fetch orders" or "Post to Slack #sales"'],
  ["retry 3 times", "I do not know which step you mean"],
  ["retry the approval 3 times", "Your draft stays as it is."],
] as const)("beside a draft with several steps: %s", ([message, says]) => {
  const { outcome, text } = play([BASE, message]);
  expect(outcome).toBe("answer");
  expect(text).toContain(says);
});

test("the changes are taken back, and a second case for the same failure is refused", () => {
  const { draft } = play([BASE, "if the fetch fails tell #ops", "undo"]);
  expect(draft.join()).not.toContain("error");
  expect(play([BASE, "if the fetch fails tell #ops", "if the fetch fails tell #dev"]).text).toContain(
    "has a case for a failure already",
  );
});
