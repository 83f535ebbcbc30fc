// The reader of docs/guides/configuration.md: a browser's own EventSource with a ticket, because callers need a credential. The agent that
// answers is killed, the access token expires, then the gateway is killed that the browser reads from. The text is that of an undisturbed
// answer.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@agent-team/foundation/clock";
import { agentTeamServices, callerVariables } from "@agent-team/local-cloud";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import type { Browser } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { launchBrowser, whyNoBrowser } from "../test/support/browser.ts";
import { cloudOfTest, type TestCloud } from "../test/support/cloud.ts";
import { converse, ORDERS_REQUEST, postJson, textOf } from "../test/support/conversation.ts";
import { answering } from "../test/support/kill-while-answering.ts";
import { bearer, type Project, startProject } from "../test/support/project.ts";

/** Between two pieces of an answer of about thirty: longer than the token lives, with the 5 s by which clocks may differ. */
const PACE_MS = 600;
const TOKEN_LIFE_SECONDS = 5;

const GUIDE = readFileSync(join(import.meta.dirname, "../../docs/guides/configuration.md"), "utf8");
const [, READ_TURN = ""] = /^```js\n(async function readTurn\(.*?)^```$/ms.exec(GUIDE) ?? [];

/** What a page has read, told to the test after each event. */
interface Read {
  readonly text: string;
  readonly end?: { readonly usage?: { readonly takeovers?: number } };
}

const pageFor = (turn: string, token: string): string => `<!doctype html><script type="module">
  const GATEWAY = "";
  ${READ_TURN}
  const read = { text: "" };
  await readTurn("${turn}", async () => "${token}", ({ data }) => {
    const { message, turn_completed } = JSON.parse(data);
    read.text += message ?? "";
    read.end = turn_completed;
    report(read);
  });
</script>`;

test("an EventSource with a ticket reads the whole text once, past its token's end and the death of its agent and its gateway", async ({
  skip,
}) => {
  skip(whyNoBrowser !== undefined, whyNoBrowser);
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  await using redis = await RedisServer.start();
  const project = await startProject();
  onTestFinished(() => project[Symbol.asyncDispose]());
  const callers = callerVariables({ AUTH_MODE: "jwt", SUPABASE_URL: project.url });
  const services = agentTeamServices({ callers, environment: { PLANNER_PACE_MS: String(PACE_MS) } });
  await using cloud = await cloudOfTest("127.60.0.0/16", { services, redisUrl: redis.url });
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const whole = await wholeText(cloud, project);
  const [gateway] = cloud.tasks("api-gateway");

  const exp = Math.floor(systemClock.wallNow() / 1_000) + TOKEN_LIFE_SECONDS;
  const token = project.token("ada", { exp });
  const headers = { ...bearer(token), prefer: "respond-async" };
  const begun = await postJson(`${cloud.url}/v1/conversations/ticket/messages`, { message: ORDERS_REQUEST }, headers);
  const reader = await startReader(browser, cloud, pageFor(String(begun.body["turn_id"]), token));

  await expect.poll(() => reader.read.text.length).toBeGreaterThan(20);
  await cloud.killTask((await answering(cloud)).id);
  await cloud.setDesired("api-gateway", 2);
  await cloud.steady("api-gateway");
  const isRefused = async (): Promise<number> =>
    (await fetch(`${cloud.url}/v1/runs`, { headers: bearer(token) })).status;
  await expect.poll(isRefused, { interval: 200 }).toBe(401);
  await cloud.killTask(String(gateway?.id));
  expect(reader.read.text.length, "the gateway was killed in the middle of the answer").toBeLessThan(whole.length);

  await expect.poll(() => reader.read.end).toMatchObject({ usage: { takeovers: 1 } });
  expect(reader.read.text).toBe(whole);
  expect(reader.opened.length).toBeGreaterThan(1);
  expect(new Set(reader.opened).size, "one ticket was enough").toBe(1);
  // The URL alone is no credential any more, also at the gateway that had no part in its first use.
  expect((await fetch(String(reader.opened[0]))).status).toBe(401);
});

/** The answer names its conversation. */
async function wholeText(cloud: TestCloud, project: Project): Promise<string> {
  const events = await converse(cloud.url, "undisturbed", ORDERS_REQUEST, bearer(project.token("ada")));
  return textOf(events).replaceAll("undisturbed", "ticket");
}

/** A page of the gateway's origin, which this test serves. `opened`: the URLs of its EventSource, one for each connection. */
async function startReader(
  browser: Browser,
  cloud: TestCloud,
  body: string,
): Promise<{ read: Read; opened: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const reader = { read: { text: "" } as Read, opened: [] as string[] };
  page.on("request", (request) => void (request.url().includes("?ticket=") && reader.opened.push(request.url())));
  await page.exposeFunction("report", (read: Read) => void (reader.read = read));
  await page.route(`${cloud.url}/reader`, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${cloud.url}/reader`);
  return reader;
}
