/** The page in a headless Chromium of this machine, as a person and as a screen reader use it: parts are found by their roles. */

import { spawnSync } from "node:child_process";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";

const FOUND = spawnSync("which", ["chromium"], { encoding: "utf8" });

/** Why this machine cannot run it; undefined when it can. */
export const whyNoBrowser: string | undefined =
  FOUND.status === 0 ? undefined : "no chromium in PATH: install it (Debian: apt-get install chromium) to run this";

export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: FOUND.stdout.trim(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-lcd-text"],
  });
}

export interface OpenedPage {
  readonly page: Page;
  /** What a page must not do: scripts that fail, what its policy refuses, requests to another origin. */
  readonly faults: readonly string[];
  /** The sum of all layout shifts that no input of a person caused; with a selector, of those that moved something within it. */
  shifts(within?: string): Promise<number>;
}

/** A tab of its own, closed after the test. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // A status that the page expects, such as 401, is reported by the browser itself.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith("data:"))
      faults.push(request.url());
  });
  await page.addInitScript(OBSERVE_SHIFTS);
  await page.goto(url);
  return { page, faults, shifts: (within = "*") => page.evaluate(`sumOfShifts(${JSON.stringify(within)})`) };
}

/** Layout Instability: "hadRecentInput" is within 500 ms of a click or a key. */
const OBSERVE_SHIFTS = `
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) if (!hadRecentInput) window.shifts.push({ value, nodes: sources.map(({ node }) => node) });
  }).observe({ type: "layout-shift", buffered: true });
  const isWithin = (node, selector) => (node instanceof Element ? node : node?.parentElement)?.closest(selector) !== null;
  window.sumOfShifts = (selector) => window.shifts
    .filter(({ nodes }) => selector === "*" || nodes.some((node) => node !== null && isWithin(node, selector)))
    .reduce((sum, { value }) => sum + value, 0);
`;

/** Says something in the conversation that is open, and waits for the whole answer. */
export async function say(page: Page, message: string): Promise<void> {
  await type(page, message);
  await answered(page);
}

/** Says something, and waits for the beginning of the answer. */
export async function type(page: Page, message: string): Promise<void> {
  const answers = page.locator(".answer");
  const before = await answers.count();
  await page.getByRole("textbox", { name: "Message" }).fill(message);
  await page.keyboard.press("Enter");
  await answers.nth(before).waitFor();
}

/** Waits for the end of the answer. */
export async function answered(page: Page): Promise<void> {
  await page.locator("[role=log][aria-busy=false]").waitFor();
}

/** Nothing that axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run(document)")) as axe.AxeResults;
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)).toEqual(
    [],
  );
}
