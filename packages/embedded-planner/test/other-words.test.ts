/** The same requests in other people's words. A rewritten request keeps every word with a meaning, or it is not drafted. */

import { describe, expect, test } from "vitest";
import { plan } from "../src/index.ts";
import { sketch } from "../src/testing/index.ts";
import { isOneSlip, withoutTypos } from "../src/understand/typos.ts";
import { converse } from "./plan.ts";

const GET = "HTTP GET https://x.test/a";
const COPY = "HTTP POST https://y.test/b body=input.body";
const TELL = "SLACK $string(input.body) needs /webhook_url";

const SAID: readonly (readonly [say: string, ...draft: string[]])[] = [
  ["grab https://x.test/a every day at 9 and forward it to https://y.test/b", "CRON 0 9 * * *", GET, COPY],
  [
    "on a daily basis at midday collect https://x.test/a and pass it on to https://y.test/b",
    "CRON 0 12 * * *",
    GET,
    COPY,
  ],
  [
    "hey there, can you build me a bot that fetches https://x.test/a every hour and posts it to https://y.test/b",
    "CRON 0 * * * *",
    GET,
    COPY,
  ],
  ["I need a small script that checks https://x.test/a hourly and pings #ops", "CRON 0 * * * *", GET, TELL],
  ["pls fetch https://x.test/a every half hour and let #ops know, thanks", "CRON */30 * * * *", GET, TELL],
  ["Monday to Friday at 8 in the morning call https://x.test/a", "CRON 0 8 * * 1-5", GET],
  ["every workday at 7 look at https://x.test/a and inform #ops", "CRON 0 7 * * 1-5", GET, TELL],
  ["every 10 mins check https://x.test/a and message us in slack", "CRON */10 * * * *", GET, TELL],
  [
    "each and every day at 6pm summarize https://x.test/a and post it to #n",
    "CRON 0 18 * * *",
    GET,
    "GENERATE prompt=summarize it",
    "SLACK $string(input) needs /webhook_url",
  ],
  ["whenever a webhook arrives relay it to https://y.test/b", "WEBHOOK", "HTTP POST https://y.test/b body=input"],
  [
    "fetch https://x.test/a, get my okay, then send it to https://y.test/b",
    "MANUAL",
    GET,
    "APPROVAL prompt=Do you approve the next step: POST it to https://y.test/b?",
    "approved: HTTP POST https://y.test/b body=nodes.fetch_a.body",
  ],
  [
    "fetch https://x.test/a and tell #ops if price goes above 10",
    "MANUAL",
    GET,
    "IF $exists(input.body[$exists(price[$amount($) > 10])])",
    "true: SLACK $string(nodes.fetch_a.body) needs /webhook_url",
  ],
];

test.for(SAID)("%s", ([say, ...draft]) => {
  const { spec, text } = converse(say);
  expect(spec === undefined ? text : sketch(spec)).toEqual(draft);
});

describe("a word put anywhere into a rewritten request is in the draft, changes it, or stops it", () => {
  test.for(SAID)("%s", ([say, ...draft]) => {
    const words = say.split(" ");
    for (const word of ["not", "until", "except", "twice", "yesterday", "retry", "unless", "frobnicate"]) {
      for (let at = 0; at <= words.length; at += 1) {
        const message = words.toSpliced(at, 0, word).join(" ");
        const { spec } = converse(message);
        expect(spec === undefined ? "no draft" : sketch(spec), message).not.toEqual(draft);
      }
    }
  });
});

test("slips of the keyboard are asked about, and yes drafts the request", () => {
  const say = "evry weekday at 9am fech https://x.test/a and psot it to https://y.test/b";
  const asked = converse(say);
  expect(asked.questions).toMatchObject([{ id: "meaning", options: ["yes", "no"] }]);
  expect(asked.text).toContain("every weekday at 9am fetch https://x.test/a and post it to https://y.test/b");

  const { spec } = converse(say, "yes");
  expect(spec && sketch(spec)).toEqual(["CRON 0 9 * * 1-5", GET, COPY]);
  expect(converse(say, "no").questions).toMatchObject([{ id: "not_understood" }]);
});

test("a slip is one letter too many, too few or wrong, or two swapped; URLs and quoted text have none", () => {
  for (const slip of ["fech", "fetcch", "fatch", "ftech"]) expect(isOneSlip(slip, "fetch"), slip).toBe(true);
  for (const other of ["fetch", "fish", "fetching", "hctef"]) expect(isOneSlip(other, "fetch"), other).toBe(false);
  expect(withoutTypos('fetch https://x.test/psot and tell "psot"')).toBeUndefined();
});

test.for([
  ["Rufe jeden Werktag um 9 Uhr https://x.test/orders ab und sende es an https://y.test/hook", /^Ich verstehe/],
  ["envoie chaque lundi matin un message pour moi dans Slack", /^Je ne comprends/],
  ["cada día a las 9 envía los pedidos a https://y.test/b", /^Por ahora/],
  ["ogni giorno alle 9 invia gli ordini con Slack", /^Per ora/],
  ["elke dag om 9 uur stuur het naar https://y.test/b", /^Ik begrijp/],
  ["каждый день в 9 отправь заказы", /^I understand English only/],
] as const)("%s is answered in its language", ([say, opening]) => {
  expect(converse(say).text).toMatch(opening);
});

test("500 words are planned within 5 ms and 8 KiB of hostile text within 50 ms, at the median", () => {
  const words =
    "fetch https://x.test/a and forward it to https://y.test/b, then wait 5 minutes and frobnicate the result ";
  expect(medianMs(words.repeat(28))).toBeLessThan(5 * SLACK_OF_CI);
  for (const hostile of [
    "if ",
    "psot ",
    "every ",
    "and then ",
    "(",
    '"',
    "https://",
    "a, ",
    "if a is b or ",
    "for each one ",
    "if it fails ",
    "retry 3 times ",
    "between 8 and 18 ",
    "at 9, 10, ",
    "the last day of ",
  ]) {
    expect(medianMs(hostile.repeat(Math.floor(8192 / hostile.length))), hostile).toBeLessThan(50 * SLACK_OF_CI);
  }
});

/** CPU time, on machines of CI that are slower; the figures of the changelog are measured on a quiet one. */
const SLACK_OF_CI = 8;

function medianMs(message: string): number {
  const times = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    plan({ message });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[4] ?? 0;
}

describe("words of shops, schools and clinics", () => {
  test.for([
    [
      "Every evening at 6 get https://x.test/orders and send the list to #shipping",
      "SLACK $string(input.body) needs /webhook_url",
    ],
    [
      "pls fetch https://x.test/a daily at 7.30 and put the results into #returns, thx!",
      "SLACK $string(input.body) needs /webhook_url",
    ],
    ["every weekday at 3pm London time remind #teachers to lock the lab", "SLACK lock the lab needs /webhook_url"],
    ["When someone submits the sign-up form, post it to https://y.test/b", "HTTP POST https://y.test/b body=input"],
    ["when an appointment is booked, post it to https://y.test/b", "HTTP POST https://y.test/b body=input"],
    [
      "Get https://x.test/a; if level is above 7.5 notify #doctors, otherwise do nothing",
      "true: SLACK $string(nodes.fetch_a.body) needs /webhook_url",
    ],
    ["run every day at 9: call https://x.test/a", "HTTP GET https://x.test/a"],
  ] as const)("%s", ([say, last]) => {
    const { spec, questions } = converse(say);
    expect(questions).toEqual([]);
    expect(spec && sketch(spec).at(-1)).toBe(last);
  });

  test("a reminder ends where its time begins", () => {
    const { spec } = converse("remind #team about the meeting every tuesday at 9");
    expect(spec && sketch(spec)).toEqual(["CRON 0 9 * * 2", "SLACK the meeting needs /webhook_url"]);
    expect(converse("remind #team to call home when it rains").spec).toBeUndefined();
  });

  test("a list that is empty is no field, and a report without a name is no response", () => {
    expect(converse('fetch https://x.test/a; if the list is empty tell #ops "x"').spec).toBeUndefined();
    expect(converse("fetch https://x.test/orders and post the report to #ops").spec).toBeUndefined();
  });

  test("the sales report is one name, and the latest report is a choice", () => {
    expect(converse("get the sales report and post it to #ops").text).toContain('for "sales report"');
    expect(converse("get the latest report and post it to #ops").text).toContain('"latest');
  });
});
