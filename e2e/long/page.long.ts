// The page in headless Chromium, through the front door: a request becomes a draft, the draft a workflow, the workflow a run.

import { agentTeamServices } from "@agent-team/local-cloud";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  answered,
  expectAccessible,
  launchBrowser,
  openPage,
  say,
  type,
  whyNoBrowser,
} from "../test/support/browser.ts";
import { type CalledServer, startCalledServer } from "../test/support/called-server.ts";
import { startTestCloud, type TestCloud } from "../test/support/cloud.ts";
import { answering } from "../test/support/kill-while-answering.ts";
import { startRun, storeWorkflow } from "../test/support/runs.ts";

const VPC = "127.40.0.0/16";

/** Between two pieces of an answer: an answer of thirty takes a second, in which an agent can die. */
const PACE_MS = 30;

let server: CalledServer;
let cloud: TestCloud;
let browser: Browser;
const posted: string[] = [];

beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  server = await startCalledServer((request, response) => {
    if (request.method === "POST") posted.push(String(request.url));
    response.writeHead(request.url?.startsWith("/broken") === true ? 418 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ total: 1_200 }));
  });
  const environment = { HTTP_ALLOW_HOSTS: server.authority, PLANNER_PACE_MS: String(PACE_MS) };
  [cloud, browser] = await Promise.all([
    startTestCloud(VPC, { services: agentTeamServices({ agents: 2, environment }) }),
    launchBrowser(),
  ]);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await cloud?.close();
  server?.close();
});

beforeEach(({ skip }) => skip(whyNoBrowser !== undefined, whyNoBrowser));

const request = (): string =>
  `every weekday at 9am Berlin time fetch ${server.origin}/orders, if total is over 1000 ask me to approve, then post it to ${server.origin}/audit`;

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** The steps of the graph in the order of their tab stops, as a screen reader names them. */
const steps = (page: Page): Promise<readonly string[]> => page.locator(".graph li .name").allTextContents();

test("a request is drafted, changed, saved, run, approved and finished, and nothing moves while the answer is written", async () => {
  const { page, faults, shifts } = await openPage(browser, cloud.url);
  await expectAccessible(page);
  await say(page, request());
  expect(await steps(page)).toEqual([
    "Every weekday at 09:00",
    "Fetch orders",
    "If total is over 1000",
    "Ask for approval",
    "POST audit",
  ]);
  expect(await shifts()).toBeLessThan(0.01);
  await say(page, "at 10 instead");
  expect((await steps(page))[0]).toBe("Every weekday at 10:00");
  await expectAccessible(page);

  await button(page, "Save").click();
  await button(page, "Saved").waitFor();
  await page.getByRole("switch", { name: "Run on schedule" }).click();
  await page.getByText(/^next: /).waitFor();
  await button(page, "Run").click();
  await button(page, "Approve").waitFor();
  expect(await page.getByRole("status").textContent()).toContain("The run waits for your decision");
  await expectAccessible(page);
  expect(posted).toEqual([]);
  await page.getByRole("textbox", { name: "Comment, if you like" }).fill("as agreed");
  await button(page, "Approve").click();
  await button(page, "Run again").waitFor();
  // The button is gone, and the focus is where it was.
  expect(await page.evaluate("document.activeElement.className")).toBe("panel");

  expect(await page.locator(".title .badge").textContent()).toBe("succeeded");
  expect(await page.locator(".node .mark").allTextContents()).toEqual(["done", "done", "done", "done", "done"]);
  expect(posted).toEqual(["/audit"]);
  await page.locator("[data-node=ask_for_approval]").click();
  await page.getByText("approved by local: as agreed").waitFor();
  expect(faults).toEqual([]);
});

test('"save it" and "run it" in the chat do what the buttons do, and the run is shown', async () => {
  const { page, faults } = await openPage(browser, cloud.url);
  await say(page, `post it to ${server.origin}/chat when I start it`);
  await say(page, "save it");
  await button(page, "Saved").waitFor();
  await say(page, "run it");
  await page.locator(".title .badge", { hasText: "succeeded" }).waitFor();
  expect(posted).toContain("/chat");
  expect(faults).toEqual([]);
});

test("with the keyboard alone: a request is typed, saved, run and approved, and the way of the focus is short", async () => {
  const { page, faults } = await openPage(browser, cloud.url);
  await tabTo(page, "Message");
  await page.keyboard.type(`ask me to approve, then post it to ${server.origin}/keyboard when I start it`);
  await page.keyboard.press("Enter");
  await page.locator(".answer").first().waitFor();
  await answered(page);
  await page.keyboard.type(`no, I meant: ask me to approve, then post "ok" to ${server.origin}/keyboard`);
  await page.keyboard.press("Enter");
  await page.locator(".answer").nth(1).waitFor();
  await answered(page);
  await tabTo(page, "Save");
  await page.keyboard.press("Enter");
  await button(page, "Saved").waitFor();
  await tabTo(page, "Run");
  await page.keyboard.press("Space");
  await button(page, "Approve").waitFor();
  await tabTo(page, "Approve");
  await page.keyboard.press("Enter");
  await page.locator(".title .badge", { hasText: "succeeded" }).waitFor();
  expect(posted).toContain("/keyboard");
  expect(faults).toEqual([]);
});

/** More stops than this between two controls are too many for a person. */
const MAX_STOPS = 30;

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = page.locator(":focus");
  const stops: string[] = [];
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    const label = (await focused.count()) === 0 ? "" : await focused.ariaSnapshot();
    if (label.includes(`"${name}"`)) return;
    stops.push(label.split("\n")[0] ?? "");
  }
  expect.fail(`${name} is not within ${MAX_STOPS} stops: ${stops.join(", ")}`);
}

test("another tab lists the conversation, opens it, and runs what was saved in the chat", async () => {
  const { page, faults } = await openPage(browser, cloud.url);
  await say(page, `post "tab" to ${server.origin}/tab when I start it`);
  await say(page, "save it");

  const tab = await page.context().newPage();
  await tab.goto(cloud.url);
  await tab.getByRole("button", { name: /^Post "tab" to/ }).click();
  await button(tab, "Saved").waitFor();
  await button(tab, "Run").click();
  await tab.locator(".title .badge", { hasText: "succeeded" }).waitFor();
  expect(posted).toContain("/tab");
  expect(faults).toEqual([]);
});

test("an answer goes on when its agent dies, and the page says so calmly", async () => {
  const { page, faults, shifts } = await openPage(browser, cloud.url);
  await type(page, request());
  await expect.poll(() => page.locator(".answer").textContent()).toMatch(/.{60}/s);
  const shiftsBefore = await shifts(); // the box of the message grew while it was filled
  await cloud.killTask((await answering(cloud)).id);
  await page.getByText("Still working; another agent can take over").waitFor();
  await answered(page);
  await page.getByText("Another agent went on with this answer. Nothing was lost.").waitFor();

  const id = String(await page.evaluate("sessionStorage.getItem('agent-team.conversation')"));
  const { messages } = (await (await fetch(`${cloud.url}/v1/conversations/${id}`)).json()) as {
    messages: readonly { text: string }[];
  };
  const lines = await page.locator(".answer .text p").allTextContents();
  expect(lines.join("\n")).toBe(messages[1]?.text);
  expect(await steps(page)).toHaveLength(5);
  expect((await shifts()) - shiftsBefore).toBeLessThan(0.01);
  expect(faults).toEqual([]);
  await cloud.steady("workflow-agent");
});

test("what is missing is asked with answers to click, also after the page was loaded again", async () => {
  const { page } = await openPage(browser, cloud.url);
  await say(page, `fetch ${server.origin}/orders every day and post it to ${server.origin}/audit`);
  await button(page, "9:00").waitFor();
  await page.reload();
  await button(page, "9:00").click();
  await page.getByRole("button", { name: /^Every day at 09:00/ }).waitFor();
  expect(await page.locator(".bubble").last().textContent()).toContain("9:00");
});

test("several questions have a field each, and one message answers them", async () => {
  const { page, faults } = await openPage(browser, cloud.url);
  await say(page, `post "q" to ${server.origin}/q when I start it`);
  // The embedded planner asks one question at a time; a language model may ask several.
  const questions = [
    { id: "day", text: "On which day?", options: ["Monday", "Friday"], required: true },
    { id: "channel", text: "Which channel?", options: [], required: true },
  ];
  await page.route("**/v1/conversations/*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({
      response: answer,
      json: { ...((await answer.json()) as object), open_questions: questions },
    });
  });
  await page.reload();
  const submit = button(page, "Send the answers");
  await submit.waitFor();
  expect(await submit.isDisabled()).toBe(true);
  await expectAccessible(page);
  await page.getByRole("group", { name: "On which day?" }).getByRole("button", { name: "Friday" }).click();
  await page.getByRole("textbox", { name: "Another answer to: Which channel?" }).fill("#sales");
  await submit.click();
  await page.getByText("On which day? Friday\nWhich channel? #sales").waitFor();
  await answered(page);
  expect(faults).toEqual([]);
});

test("markup in a message, a name, a setting and an error is text", async () => {
  const { page, faults } = await openPage(browser, cloud.url);
  const markup = `<img src=x onerror="window.pwned = 1"><script>window.pwned = 2</script>`;
  await say(page, markup);
  const workflow = await storeWorkflow(cloud.url, {
    name: markup,
    nodes: [
      { id: "start", name: markup, type: "TRIGGER", subtype: "MANUAL" },
      {
        id: "call",
        type: "ACTION",
        subtype: "HTTP_REQUEST",
        configuration: { method: "GET", url: `${server.origin}/broken?${markup}` },
      },
    ],
    connections: [{ from_node: "start", to_node: "call", output_key: "result" }],
  });
  await page.goto(`${cloud.url}/#/workflows/${workflow}`);
  await button(page, "Run").click();
  await button(page, "Run on from where it stopped").waitFor();
  await page.locator("[data-node=call]").click();
  await page.getByText("HTTP_STATUS").first().waitFor();

  expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toContain(markup);
  expect(await page.locator(".bubble").textContent()).toContain(markup);
  expect(await page.evaluate("[typeof window.pwned, document.images.length]")).toEqual(["undefined", 0]);
  expect(faults).toEqual([]);
});

test("a run that is listed is opened, cancelled and run again; a repeat is another run", async () => {
  const spec = {
    name: "A long wait",
    nodes: [
      { id: "start", type: "TRIGGER", subtype: "MANUAL" },
      { id: "wait", type: "FLOW", subtype: "DELAY", configuration: { duration_seconds: 3_600 } },
    ],
    connections: [{ from_node: "start", to_node: "wait", output_key: "result" }],
  };
  const workflow = await storeWorkflow(cloud.url, spec);
  await fetch(`${cloud.url}/v1/workflows/${workflow}/runs`, { method: "POST" });
  const { page } = await openPage(browser, cloud.url);
  await page.getByRole("region", { name: "Runs" }).getByRole("button", { name: "A long wait" }).click();
  await page.locator("[data-node=wait][data-state=waiting]").waitFor();
  await button(page, "Cancel the run").click();
  await button(page, "Run again").click();
  await page.locator("[data-node=wait][data-state=waiting]").waitFor();
  expect(await page.locator(".head").textContent()).toContain("a repeat");
  expect(await page.getByRole("region", { name: "Runs" }).getByRole("button", { name: "A long wait" }).count()).toBe(2);
  await button(page, "Cancel the run").click();
  await button(page, "Run again").waitFor();
});

/** A workflow that waits for a person. */
const ASKED = {
  name: "Asked",
  nodes: [
    { id: "start", type: "TRIGGER", subtype: "MANUAL" },
    { id: "ask", type: "HUMAN_IN_THE_LOOP", subtype: "APPROVAL", configuration: { prompt: "Go on?" } },
  ],
  connections: [{ from_node: "start", to_node: "ask", output_key: "result" }],
};

test("a page that is not seen holds no connection, and goes on when it is seen again", async () => {
  const workflow = await storeWorkflow(cloud.url, ASKED);
  const run = await startRun(cloud.url, workflow);
  const { page } = await openPage(browser, `${cloud.url}/#/runs/${run}`);
  await button(page, "Approve").waitFor();
  const closed = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/events"));
  await see(page, "hidden");
  await closed;
  const decision = { method: "POST", headers: { "content-type": "application/json" }, body: '{"approved":false}' };
  await fetch(`${cloud.url}/v1/runs/${run}/signals/ask`, decision);
  expect(await button(page, "Approve").count()).toBe(1);
  const resumed = page.waitForRequest((request) => request.url().endsWith("/events"));
  await see(page, "visible");
  expect((await resumed).headers()["last-event-id"]).toMatch(/^\d+-/);
  await button(page, "Run again").waitFor();
});

test("seven tabs that each watch a run leave the browser connections: the seventh loads, and decides", async () => {
  const workflow = await storeWorkflow(cloud.url, ASKED);
  const runs = await Promise.all(Array.from({ length: 7 }, () => startRun(cloud.url, workflow)));
  const { page: first, faults } = await openPage(browser, `${cloud.url}/#/runs/${runs[0]}`);
  const tabs = [first];
  for (const run of runs.slice(1)) {
    const tab = await first.context().newPage();
    tabs.push(tab);
    const began = await first.evaluate<number>("performance.now()");
    await tab.goto(`${cloud.url}/#/runs/${run}`);
    await button(tab, "Approve").waitFor();
    expect((await first.evaluate<number>("performance.now()")) - began).toBeLessThan(5_000);
  }
  const last = tabs.at(-1) as Page;
  await button(last, "Approve").click();
  await button(last, "Run again").waitFor();
  expect(faults).toEqual([]);
});

/** As the browser does it, when another tab comes to the front. */
async function see(page: Page, state: "hidden" | "visible"): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

test("a hundred nodes are drawn without a stall, and the arrow keys go through them", async () => {
  const wait = { type: "FLOW", subtype: "DELAY", configuration: { duration_seconds: 1 } };
  const ids = Array.from({ length: 99 }, (_, at) => `wait_${at}`);
  const workflow = await storeWorkflow(cloud.url, {
    name: "Wide",
    nodes: [{ id: "start", type: "TRIGGER", subtype: "MANUAL" }, ...ids.map((id) => ({ id, ...wait }))],
    // Three children of each: five layers.
    connections: ids.map((id, at) => ({
      from_node: at === 0 ? "start" : `wait_${Math.floor((at - 1) / 3)}`,
      to_node: id,
      output_key: "result",
    })),
  });
  const { page } = await openPage(browser, cloud.url);
  await page.evaluate(`
    window.longest = 0;
    const note = (entries) => {
      for (const { duration } of entries) window.longest = Math.max(window.longest, duration);
      return window.longest;
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: "longtask" });
    window.longestTask = async () => {
      await new Promise((resolve) => requestIdleCallback(resolve));
      return note(observer.takeRecords());
    };
  `);
  await page.evaluate(`location.hash = "#/workflows/${workflow}"`);
  await expect.poll(() => page.locator(".node").count()).toBe(100);
  const longestMs = Number(await page.evaluate("window.longestTask()"));
  console.log(`100 nodes: the longest task took ${longestMs} ms`);
  expect(longestMs).toBeLessThan(500);

  await page.locator("[data-node=start]").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  expect(await page.evaluate("document.activeElement.dataset.node")).toBe("wait_2");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Step wait_2" }).waitFor();
});

test("the lists of a page that is loaded again appear together", async () => {
  const { page, shifts } = await openPage(browser, cloud.url);
  await say(page, request());
  await page.reload();
  await page.locator(".lists .row").first().waitFor();
  await page.locator(".graph li .name").first().waitFor();
  expect(await shifts(".lists")).toBe(0);
});

test("the first paint is within a second, and a narrow window and a dark one have no serious fault", async () => {
  const { page } = await openPage(browser, cloud.url, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await page.reload();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  // The element is there before the browser has painted it.
  const paints = await page.waitForFunction("performance.getEntriesByName('first-contentful-paint')[0]?.startTime");
  const paintMs = Number(await paints.jsonValue());
  console.log(`the first paint came after ${Math.round(paintMs)} ms`);
  expect(paintMs).toBeLessThan(1_000);
  await expectAccessible(page);
  await say(page, request());
  await button(page, "See the workflow").click();
  await button(page, "Save and run").click();
  await button(page, "Reject").waitFor();
  await expectAccessible(page);
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  expect(overflow).toBeLessThanOrEqual(0);
  await button(page, "Reject").click();
  await button(page, "Run again").waitFor();
  await button(page, "History").click();
  await expectAccessible(page);
});

test("the page of the API opens at /docs, without a fault and without another host, and a link to a type opens it", async () => {
  const { page, faults } = await openPage(browser, `${cloud.url}/docs`);
  await page.getByText("/v1/conversations/{id}/messages").click();
  await page.getByText("what the person says: at most 8192 bytes of UTF-8").waitFor();
  expect(await page.locator("#ProcessConversationResponse").isVisible()).toBe(false);
  await page.getByRole("link", { name: "ProcessConversationResponse" }).first().click();
  await page.locator("#ProcessConversationResponse").waitFor();
  expect(new URL(page.url()).hash).toBe("#ProcessConversationResponse");
  expect(await page.locator("details").count()).toBeGreaterThan(40);
  await expectAccessible(page);
  expect(faults).toEqual([]);
});
