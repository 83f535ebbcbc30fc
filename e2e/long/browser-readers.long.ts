// Readers of an answer in headless Chromium: the browser's own EventSource, and @microsoft/fetch-event-source. The agent that answers
// is killed, then the gateway that the browser reads from; in the last test all gateways are stopped in the middle of the answer. The text
// is that of an undisturbed answer, and the turn has run once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { launchBrowser, whyNoBrowser } from "../test/support/browser.ts";
import { cloudOfTest, startTestCloud, type TestCloud } from "../test/support/cloud.ts";
import { converse, ORDERS_REQUEST, textOf } from "../test/support/conversation.ts";
import { answering } from "../test/support/kill-while-answering.ts";

const LIBRARY = join(import.meta.dirname, "../../node_modules/@microsoft/fetch-event-source/lib/esm");

/** Between two pieces of an answer of about thirty: it is under way while a second gateway starts. */
const PACE_MS = 150;

let cloud: TestCloud;
let browser: Browser;

beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  const services = agentTeamServices({ environment: { PLANNER_PACE_MS: String(PACE_MS) } });
  [cloud, browser] = await Promise.all([startTestCloud("127.53.0.0/16", { services }), launchBrowser()]);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await cloud?.close();
});

beforeEach(({ skip }) => skip(whyNoBrowser !== undefined, whyNoBrowser));

/** What a page has read, told to the test after each event. */
interface Read {
  readonly text: string;
  readonly ids: readonly string[];
  /** How often its connection was opened. */
  readonly opened: number;
  readonly end?: { readonly usage?: { readonly takeovers?: number } };
}

/** Both readers keep what came, tell the test, and know the end by `turn_completed`. */
const READER = `
  const read = { text: "", ids: [], opened: 0 };
  const take = (id, data) => {
    const event = JSON.parse(data);
    read.text += event.message ?? "";
    if (id !== read.ids.at(-1)) read.ids.push(id);
    read.end = event.turn_completed;
    return report(read);
  };
`;

const EVENT_SOURCE = (url: string): string => `${READER}
  const source = new EventSource("${url}");
  source.onopen = () => void (read.opened += 1);
  for (const name of ["turn_started", "stage_changed", "message", "workflow_proposed", "turn_completed"])
    source.addEventListener(name, async ({ data, lastEventId }) => {
      await take(lastEventId, data);
      if (name === "turn_completed") source.close();
    });
`;

/** Its defaults, but for a page in the background: it would close there. A heartbeat of the turn has no id. */
const FETCH_EVENT_SOURCE = (url: string, message: string): string => `
  import { EventStreamContentType, fetchEventSource } from "/library/index.js";
  ${READER}
  await fetchEventSource("${url}", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: ${JSON.stringify(JSON.stringify({ message }))},
    openWhenHidden: true,
    onopen: async (response) => {
      if (!response.headers.get("content-type")?.startsWith(EventStreamContentType)) throw new Error(String(response.status));
      read.opened += 1;
    },
    onmessage: ({ id, data }) => void take(id, data),
  });
`;

test("an EventSource of the browser reads the whole text once while its agent and its gateway are killed", async () => {
  const whole = await wholeText(cloud, "event-source");
  const response = await fetch(`${cloud.url}/v1/conversations/event-source/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "respond-async" },
    body: JSON.stringify({ message: ORDERS_REQUEST }),
  });
  const { events_url } = (await response.json()) as { readonly events_url: string };
  await expectSurvival(EVENT_SOURCE(events_url), "event-source", whole);
});

test("fetch-event-source with its defaults posts a message and reads the whole text once while agent and gateway are killed", async () => {
  const whole = await wholeText(cloud, "fetch-event-source");
  const url = "/v1/conversations/fetch-event-source/messages";
  await expectSurvival(FETCH_EVENT_SOURCE(url, ORDERS_REQUEST), "fetch-event-source", whole);
});

test("fetch-event-source with its defaults, and with a connection that broke behind the last event, ends after one repeat", async () => {
  const url = "/v1/conversations/broken-at-its-end/messages";
  const last = (await converse(cloud.url, "broken-at-its-end", ORDERS_REQUEST)).at(-1)?.data ?? {};
  const [turn, sequence, fence] = ["turn_id", "sequence", "fence"].map((name) => String(last[name]));
  const id = `${turn}.${sequence}-${fence}`;
  const reader = await startReader(
    cloud,
    `
    import { fetchEventSource } from "/library/index.js";
    ${READER}
    const counted = (...given) => {
      read.opened += 1;
      return fetch(...given);
    };
    await fetchEventSource("${url}", {
      method: "POST",
      headers: { "content-type": "application/json", "last-event-id": "${id}" },
      body: ${JSON.stringify(JSON.stringify({ message: ORDERS_REQUEST }))},
      openWhenHidden: true,
      fetch: counted,
    });
    read.end = {};
    await report(read);
  `,
  );
  await expect.poll(() => reader.read.end).toEqual({});
  expect(reader.read.opened).toBe(1);
});

test("fetch-event-source reads the whole text once while all gateways are stopped, which breaks its stream off", async () => {
  const services = agentTeamServices({ environment: { PLANNER_PACE_MS: String(2 * PACE_MS) } });
  // So fast that a gateway gives its streams 3 s to end: less than the answer takes.
  await using fast = await cloudOfTest("127.50.0.0/16", { services, speed: 40 });
  const whole = await wholeText(fast, "stopped");
  await fast.setDesired("api-gateway", 2);
  await fast.steady("api-gateway");
  const gateways = fast.tasks("api-gateway");
  const reader = await startReader(fast, FETCH_EVENT_SOURCE("/v1/conversations/stopped/messages", ORDERS_REQUEST));

  await expect.poll(() => reader.read.text.length).toBeGreaterThan(0);
  await Promise.all(gateways.map(({ id }) => fast.stopTask(id)));
  expect(reader.read.text.length, "the gateways were stopped in the middle of the answer").toBeLessThan(whole.length);

  await expect.poll(() => reader.read.end).toMatchObject({ usage: {} });
  expect(reader.read.text).toBe(whole);
  expect(reader.read.opened).toBeGreaterThan(1);
  const stored = await (await fetch(`${fast.url}/v1/conversations/stopped`)).json();
  expect(stored).toMatchObject({ messages: [{ text: ORDERS_REQUEST }, { text: whole }] });
});

/** The answer names its conversation. */
async function wholeText({ url }: TestCloud, conversation: string): Promise<string> {
  const undisturbed = `undisturbed-${conversation}`;
  return textOf(await converse(url, undisturbed, ORDERS_REQUEST)).replaceAll(undisturbed, conversation);
}

async function expectSurvival(script: string, conversation: string, whole: string): Promise<void> {
  await cloud.setDesired("api-gateway", 1);
  await cloud.steady("api-gateway");
  await cloud.steady("workflow-agent");
  const [gateway] = cloud.tasks("api-gateway");
  const reader = await startReader(cloud, script);

  await expect.poll(() => reader.read.text.length).toBeGreaterThan(20);
  const killed = await answering(cloud);
  await cloud.killTask(killed.id);
  await cloud.setDesired("api-gateway", 2);
  await cloud.steady("api-gateway");
  const before = reader.read.text.length;
  await expect.poll(() => reader.read.text.length).toBeGreaterThan(before);
  await cloud.killTask(String(gateway?.id));
  expect(reader.read.text.length, "the gateway was killed in the middle of the answer").toBeLessThan(whole.length);

  await expect.poll(() => reader.read.end).toMatchObject({ usage: { takeovers: 1 } });
  expect(reader.read.text).toBe(whole);
  expect(reader.read.opened).toBeGreaterThan(1);
  const sequences = reader.read.ids.filter((id) => id !== "").map((id) => Number(/\.(\d+)-/.exec(id)?.[1]));
  expect(sequences).toEqual(sequences.map((_, at) => at + 1));
  const stored = await (await fetch(`${cloud.url}/v1/conversations/${conversation}`)).json();
  expect(stored).toMatchObject({ messages: [{ text: ORDERS_REQUEST }, { text: whole }] });
}

interface Reader {
  read: Read;
}

/** A page of the gateway's origin, which this test serves. */
async function startReader({ url }: TestCloud, script: string): Promise<Reader> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const reader: Reader = { read: { text: "", ids: [], opened: 0 } };
  await page.exposeFunction("report", (read: Read) => void (reader.read = read));
  await serve(page, `${url}/reader`, "text/html", `<!doctype html><script type="module">${script}</script>`);
  for (const name of ["index", "fetch", "parse"]) {
    const file = readFileSync(join(LIBRARY, `${name}.js`), "utf8");
    for (const path of [`/library/${name}.js`, `/library/${name}`])
      await serve(page, url + path, "text/javascript", file);
  }
  await page.goto(`${url}/reader`);
  return reader;
}

async function serve(page: Page, url: string, contentType: string, body: string): Promise<void> {
  await page.route(url, (route) => route.fulfill({ contentType, body }));
}
