/** A person drafts a workflow and then changes it, one message at a time. Each answer says what it changed. */

import { describe, expect, test } from "vitest";
import type { OpenRequest } from "../src/index.ts";
import { sketch } from "../src/testing/index.ts";
import { type Planned, planned } from "./plan.ts";

const ORDERS =
  "every weekday at 9am Berlin time fetch https://x.test/orders, if any total is over 1000 ask me to approve, then post it to https://x.test/hook";
const COPY = "fetch https://x.test/orders, post it to https://y.test/h";

const CRON = "CRON 0 9 * * 1-5 Europe/Berlin";
const FETCH = "HTTP GET https://x.test/orders";
const IF = "IF $exists(input.body.**.total[$amount($) > 1000])";
const APPROVAL = "true: APPROVAL prompt=Do you approve the next step: POST it to https://x.test/hook?";
const POST = "HTTP POST https://x.test/hook body=nodes.fetch_orders.body";

interface Talk {
  readonly plan: Planned;
  readonly draft: readonly string[];
}

/** Plays the turns as the agent does: the open question and the source of the draft come back with each message. */
function talk(...turns: readonly string[]): Talk {
  let open: OpenRequest | undefined;
  let source: OpenRequest | undefined;
  let draft: readonly string[] = [];
  let plan: Planned = { text: "", leftOut: [], questions: [] };
  for (const message of turns) {
    plan = planned({ message, open, draft: source, hasDraft: source !== undefined });
    open = plan.open;
    source = plan.source ?? source;
    if (plan.spec !== undefined) draft = sketch(plan.spec);
  }
  return { plan, draft };
}

describe("a change of the draft is made and named", () => {
  test.for<[edit: string, says: string, draft: readonly string[]]>([
    ["make it 8:30", "at 08:30", ["CRON 30 8 * * 1-5 Europe/Berlin", FETCH, IF, APPROVAL, `approved: ${POST}`]],
    ["no, at 7am", "at 07:00", ["CRON 0 7 * * 1-5 Europe/Berlin", FETCH, IF, APPROVAL, `approved: ${POST}`]],
    [
      "every friday at 5pm instead",
      "every Friday at 17:00",
      ["CRON 0 17 * * 5 Europe/Berlin", FETCH, IF, APPROVAL, `approved: ${POST}`],
    ],
    ["run it hourly", "every hour", ["CRON 0 * * * * Europe/Berlin", FETCH, IF, APPROVAL, `approved: ${POST}`]],
    ["make it London time", "at 09:00", ["CRON 0 9 * * 1-5 Europe/London", FETCH, IF, APPROVAL, `approved: ${POST}`]],
    ["drop the approval", 'removed "Ask for approval"', [CRON, FETCH, IF, `true: ${POST}`]],
    ["please remove step 4.", 'removed "Ask for approval"', [CRON, FETCH, IF, `true: ${POST}`]],
    ["make it 8:30 and drop the approval", "08:30", ["CRON 30 8 * * 1-5 Europe/Berlin", FETCH, IF, `true: ${POST}`]],
    ["change 1000 to 500", '"1000" to "500"', [CRON, FETCH, IF.replace("1000", "500"), APPROVAL, `approved: ${POST}`]],
    [
      "make it over 500",
      '"any total is over 500"',
      [CRON, FETCH, IF.replace("1000", "500"), APPROVAL, `approved: ${POST}`],
    ],
    [
      "also tell #sales after the post",
      'after "POST hook"',
      [CRON, FETCH, IF, APPROVAL, `approved: ${POST}`, "SLACK $string(nodes.fetch_orders.body) needs /webhook_url"],
    ],
    [
      "move the approval before the fetch",
      'before "Fetch orders"',
      [
        CRON,
        "APPROVAL prompt=Do you approve the next step: Fetch https://x.test/orders?",
        `approved: ${FETCH}`,
        IF,
        `true: ${POST}`,
      ],
    ],
    [
      "use https://z.test/in instead of https://x.test/orders",
      "https://z.test/in",
      [CRON, "HTTP GET https://z.test/in", IF, APPROVAL, `approved: ${POST.replace("fetch_orders", "fetch_in")}`],
    ],
    [
      "post to https://z.test/in instead",
      "https://z.test/in",
      [
        CRON,
        FETCH,
        IF,
        APPROVAL.replace("x.test/hook", "z.test/in"),
        `approved: ${POST.replace("x.test/hook", "z.test/in")}`,
      ],
    ],
  ])("%s", ([edit, says, wanted]) => {
    const { plan, draft } = talk(ORDERS, edit);
    expect(draft).toEqual(wanted);
    expect(plan.spec).toBeDefined();
    expect(plan.text).toContain(says);
  });

  test.for<[edit: string, draft: readonly string[]]>([
    [
      "ask me first",
      [
        "MANUAL",
        FETCH,
        "APPROVAL prompt=Do you approve the next step: POST it to https://y.test/h?",
        "approved: HTTP POST https://y.test/h body=nodes.fetch_orders.body",
      ],
    ],
    [
      "wait 5 minutes before the post",
      ["MANUAL", FETCH, "DELAY 300", "HTTP POST https://y.test/h body=nodes.fetch_orders.body"],
    ],
    ["run it every day at 7", ["CRON 0 7 * * *", FETCH, "HTTP POST https://y.test/h body=input.body"]],
    [
      "then post it to https://z.test/i",
      [
        "MANUAL",
        FETCH,
        "HTTP POST https://y.test/h body=input.body",
        "HTTP POST https://z.test/i body=nodes.fetch_orders.body",
      ],
    ],
  ])("%s", ([edit, wanted]) => {
    expect(talk(COPY, edit).draft).toEqual(wanted);
  });
});

test("a new name is kept by later changes", () => {
  const { plan } = talk(ORDERS, "rename it to Big orders", "make it 8:30");
  expect(plan.spec?.name).toBe("Big orders");
  expect(talk(COPY, "rename it to Big orders and run it every day at 9").plan.spec?.name).toBe("Big orders");
});

test("undo takes the last change back, with the answers to its questions, until the request itself is left", () => {
  expect(talk(ORDERS, "make it 8:30", "drop the approval", "undo").draft[0]).toBe("CRON 30 8 * * 1-5 Europe/Berlin");
  expect(talk(ORDERS, "make it 8:30", "undo").draft[0]).toBe(CRON);
  expect(talk(COPY, "make it daily", "at 7", "undo").draft[0]).toBe("MANUAL");
  expect(talk(ORDERS, "undo").plan.text).toContain("no change to undo");
});

test('"no, I meant" replaces the last change', () => {
  const { draft } = talk(COPY, "run it every day at 7", "no, I meant every friday at 8");
  expect(draft[0]).toBe("CRON 0 8 * * 5");
});

test("a step behind a condition is asked about: in that case, or in any case", () => {
  const { plan } = talk(ORDERS, "also tell #sales");
  expect(plan.questions.map(({ id }) => id)).toEqual(["case"]);
  expect(talk(ORDERS, "also tell #sales", "in any case").draft.at(-2)).toContain("MERGE");
});

describe("a change with two meanings, or one that leaves a gap, changes nothing and says why", () => {
  test.for<[edit: string, why: RegExp]>([
    ["use https://z.test/hook instead", /Which URL should become https:\/\/z\.test\/hook/],
    ["make it 5", /the time or the amount/],
    ["drop the fetch", /leaves a gap: Which URL/],
    ["drop the moon", /no step "the moon"/],
    ["change #sales to #ops", /exactly once/],
    ["move the moon before the post", /do not know which steps/],
  ])("%s", ([edit, why]) => {
    const { plan } = talk(ORDERS, edit);
    expect(plan.spec).toBeUndefined();
    expect(plan.text).toMatch(/^Your draft stays as it is/);
    expect(plan.text).toMatch(why);
  });
});

test("a word of a change that fits nowhere stops the change", () => {
  for (const edit of ["make it 8:30 except on holidays", "also tell #sales twice", "drop the approval on fridays"]) {
    expect(talk(ORDERS, edit).plan.spec, edit).toBeUndefined();
  }
});

/** As in coverage.test.ts: words that change a request, and an unknown one. */
const WORDS = ["not", "each", "until", "except", "twice", "yesterday", "or", "retry", "unless", "frobnicate"];

describe("a word put anywhere into a change is in the draft, changes it, or stops it", () => {
  test.for([
    "make it 8:30",
    "every friday at 5pm instead",
    "drop the approval",
    "change 1000 to 500",
    "make it over 500",
    "also tell #sales after the post",
    "move the approval before the fetch",
    "use https://z.test/in instead of https://x.test/hook",
  ])("%s", (edit) => {
    const { draft } = talk(ORDERS, edit);
    const words = edit.split(" ");
    for (const word of WORDS) {
      for (let at = 0; at <= words.length; at += 1) {
        const message = words.toSpliced(at, 0, word).join(" ");
        const { plan } = talk(ORDERS, message);
        expect(plan.spec === undefined ? "no draft" : sketch(plan.spec), message).not.toEqual(draft);
      }
    }
  });
});

test("the draft is shown, explained and given up on demand", () => {
  expect(talk(ORDERS, "show it").draft).toEqual(talk(ORDERS).draft);
  const why = talk(ORDERS, "why did you add the approval?").plan;
  expect(why.spec).toBeUndefined();
  expect(why.text).toContain("ask me to approve");
  expect(planned({ message: "start again", draft: { request: ORDERS, answers: [] }, hasDraft: true }).text).toContain(
    "gone",
  );
});

test("forty changes and more are bounded", () => {
  const answers = Array.from({ length: 40 }, (_, index) => `make it ${index % 24}:00`);
  const { spec, text } = planned({ message: "make it 8:30", draft: { request: ORDERS, answers }, hasDraft: true });
  expect(spec).toBeUndefined();
  expect(text).toContain("Say the whole request once more");
});
