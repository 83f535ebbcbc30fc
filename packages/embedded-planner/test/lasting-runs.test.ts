/** What lasts, in plain English: secrets by their names, signed webhooks, firings that meet a run, and approvals that are announced. */

import { describe, expect, test } from "vitest";
import { sketch } from "../src/testing/index.ts";
import { converse, planned } from "./plan.ts";

const nodesOf = (say: string, ...answers: readonly string[]): readonly string[] | undefined => {
  const { spec } = converse(say, ...answers);
  return spec && sketch(spec);
};

/** The id of the open question, and whether its text has the words. */
function asked(say: string, ...naming: readonly string[]): string | undefined {
  const { spec, questions, text } = converse(say);
  expect(spec).toBeUndefined();
  for (const words of naming) expect(text).toContain(words);
  return questions[0]?.id;
}

const X = "https://x.test/a";
const BEARER = 'headers={"Authorization":"Bearer {{secret:ORDERS_API}}"}';
const API_KEY = 'headers={"X-Api-Key":"{{secret:ORDERS_API}}"}';

describe("a secret by its name", () => {
  test.for([
    [`get ${X} with the token from the secret orders-api`, BEARER],
    [`get ${X} using the API token from my secret ORDERS_API`, BEARER],
    [`get ${X} with the secret ORDERS_API as its bearer token`, BEARER],
    [`get ${X} with the key in the secret "orders-api" in the header X-Api-Key`, API_KEY],
    [`get ${X} with the secret orders-api in the X-Api-Key header`, API_KEY],
  ] as const)("%s", ([say, headers]) => {
    expect(nodesOf(say)).toEqual(["MANUAL", `HTTP GET ${X} ${headers}`]);
  });

  test("each request has its own", () => {
    const say = `when a webhook arrives, post it to ${X} with the token from the secret orders-api, then post it to https://y.test/b`;
    expect(nodesOf(say)).toEqual([
      "WEBHOOK",
      `HTTP POST ${X} ${BEARER} body=input`,
      "HTTP POST https://y.test/b body=trigger",
    ]);
  });

  test("a key may be in any header, so the header is asked", () => {
    const say = `get ${X} with the API key from the secret orders-api`;
    expect(asked(say, "ORDERS_API")).toBe("header");
    expect(nodesOf(say, "in the header X-Api-Key")).toEqual(["MANUAL", `HTTP GET ${X} ${API_KEY}`]);
    expect(nodesOf(say, "as a bearer token")).toEqual(["MANUAL", `HTTP GET ${X} ${BEARER}`]);
  });

  test("a token without a secret is asked for by the name of one", () => {
    const say = `get ${X} with a bearer token`;
    expect(asked(say, "Which secret has it?")).toBe("secret");
    for (const answer of ["no", "cancel", "I do not know"]) expect(nodesOf(say, answer), answer).toBeUndefined();
    for (const answer of ["orders-api", "the secret ORDERS_API", "it is in the secret orders-api"])
      expect(nodesOf(say, answer), answer).toEqual(["MANUAL", `HTTP GET ${X} ${BEARER}`]);
  });

  test.for([
    [`get ${X} with token abc123`, "token abc123"],
    [`get ${X} with the token from the secret orders-api or billing-api`, "billing-api"],
    [`get ${X} without the token from the secret orders-api`, "without the token"],
  ] as const)("%s is not understood", ([say, words]) => {
    expect(asked(say, words)).toBe("not_understood");
  });
});

describe("a webhook with a signature", () => {
  const POST = `HTTP POST ${X} body=input`;

  test.for([
    ["a GitHub webhook with signature from the secret github-hook arrives", "github", "GITHUB_HOOK"],
    ["a GitHub webhook arrives with a signature from the secret github-hook", "github", "GITHUB_HOOK"],
    ["a webhook signed by Stripe with the secret STRIPE_SIGNING arrives", "stripe", "STRIPE_SIGNING"],
    ["a signed Slack webhook with the secret slack-signing arrives", "slack", "SLACK_SIGNING"],
    ["a webhook with an HMAC signature from the secret hook-1 arrives", "hmac-sha256", "HOOK_1"],
  ] as const)("when %s", ([event, scheme, secret]) => {
    expect(nodesOf(`when ${event}, post it to ${X}`)).toEqual([
      `WEBHOOK signature=${scheme} signature_secret={{secret:${secret}}}`,
      POST,
    ]);
  });

  test("without a secret the secret is asked", () => {
    const say = `when a GitHub webhook with signature arrives, post it to ${X}`;
    expect(asked(say, "With which secret does GitHub sign?")).toBe("secret");
    expect(nodesOf(say, "GITHUB_HOOK")).toEqual([
      "WEBHOOK signature=github signature_secret={{secret:GITHUB_HOOK}}",
      POST,
    ]);
  });

  test.for(["a Jira webhook with signature arrives", "a GitHub webhook without signature arrives"])(
    "when %s: that is not understood",
    (event) => {
      expect(nodesOf(`when ${event}, post it to ${X}`)).toBeUndefined();
    },
  );
});

describe("a firing that meets the run before", () => {
  const GET = `HTTP GET ${X}`;

  test.for([
    [`every 5 minutes get ${X}, skip a run if the last one still runs`, "overlap=skip"],
    [`every 5 minutes get ${X}. Don't start a new run while the previous one is still running.`, "overlap=skip"],
    [`every 5 minutes, unless the last run has not finished, get ${X}`, "overlap=skip"],
    [`every 5 minutes get ${X}, queue a run if the last one is still running`, "overlap=queue"],
    [`every 5 minutes get ${X} even if the last one still runs`, "overlap=allow"],
    [`every 5 minutes get ${X}, runs may overlap, and skip missed runs`, "overlap=allow catch_up=none"],
    [`every 5 minutes get ${X}, do not catch up on missed runs`, "catch_up=none"],
  ] as const)("%s", ([say, policy]) => {
    expect(nodesOf(say)).toEqual([`CRON */5 * * * * ${policy}`, GET]);
  });

  test("two ways to avoid two runs at once are a question", () => {
    const say = `every 5 minutes get ${X}, never two at once`;
    expect(asked(say)).toBe("overlap");
    expect(nodesOf(say, "skip it")).toEqual(["CRON */5 * * * * overlap=skip", GET]);
    expect(nodesOf(say, "start it afterwards")).toEqual(["CRON */5 * * * * overlap=queue", GET]);
  });

  test("another time keeps it", () => {
    const say = `every day at 9am get ${X}, skip a run if the last one still runs`;
    const { spec } = planned({ message: "make it 8:30", draft: converse(say).source, hasDraft: true });
    expect(spec && sketch(spec)).toEqual(["CRON 30 8 * * * overlap=skip", GET]);
  });

  test.for([
    `when a webhook arrives get ${X}, skip a run if the last one still runs`,
    `every 5 minutes get ${X}, do not skip a run if the last one still runs`,
    `every 5 minutes get ${X}, skip a run if the last one runs late`,
  ])("%s is not understood", (say) => {
    expect(nodesOf(say)).toBeUndefined();
  });
});

describe("an approval that is announced", () => {
  const PROMPT = `prompt=Do you approve the next step: POST it to ${X}?`;
  const POST = `approved: HTTP POST ${X} body=trigger`;
  const approving = (words: string): string => `when a webhook arrives, ${words}, then post it to ${X}`;

  test.for([
    ["ask #ops for approval in Slack first", `APPROVAL ${PROMPT} needs /slack_webhook_url`],
    ["ask me to approve in Slack", `APPROVAL ${PROMPT} needs /slack_webhook_url`],
    ["wait for approval from #ops", `APPROVAL ${PROMPT} needs /slack_webhook_url`],
    [
      "ask the #ops channel to approve it within 2 hours",
      `APPROVAL ${PROMPT} expires_after_seconds=7200 needs /slack_webhook_url`,
    ],
    [
      "ask for approval in Slack via https://hooks.slack.com/services/T/B/x",
      `APPROVAL ${PROMPT} slack_webhook_url=https://hooks.slack.com/services/T/B/x`,
    ],
    ["ask for approval via the webhook https://told.test/x", `APPROVAL ${PROMPT} webhook_url=https://told.test/x`],
  ] as const)("%s", ([words, approval]) => {
    expect(nodesOf(approving(words))).toEqual(["WEBHOOK", approval, POST]);
  });

  test("the draft says who is told", () => {
    const { text } = converse(approving("ask #ops for approval in Slack first"));
    expect(text).toContain("Ask for approval in Slack #ops, with a link");
    expect(text).toContain('fill in slack webhook url of "Ask for approval in Slack #ops"');
  });

  test("a webhook without a URL is asked for it", () => {
    const say = approving("get approval by webhook");
    expect(asked(say, "the notice of the approval")).toBe("url");
    expect(nodesOf(say, "https://told.test/x")).toEqual([
      "WEBHOOK",
      `APPROVAL ${PROMPT} webhook_url=https://told.test/x`,
      POST,
    ]);
  });

  test.for([
    "ask Bob in Slack to approve",
    "ask me to check it at https://told.test/x",
    "ask #ops and #sales for approval",
  ])("%s is not understood", (words) => {
    expect(nodesOf(approving(words))).toBeUndefined();
  });
});
