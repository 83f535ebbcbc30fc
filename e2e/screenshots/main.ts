/**
 * `npm run screenshots`: makes the pictures of the page in docs/images, from a local cloud in which a person talks, changes a draft
 * and runs it. Needs chromium in PATH.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import type { Page } from "playwright-core";
import { launchBrowser, say, whyNoBrowser } from "../test/support/browser.ts";
import { startCalledServer } from "../test/support/called-server.ts";
import { startTestCloud } from "../test/support/cloud.ts";
import { toSmallPng } from "./small-png.ts";

const IMAGES = join(import.meta.dirname, "..", "..", "docs", "images");

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 780 };

if (whyNoBrowser !== undefined) {
  console.error(whyNoBrowser);
  process.exit(1);
}

await using server = await startOrders();
await using cloud = await startTestCloud("127.42.0.0/16", {
  services: agentTeamServices({
    agents: 1,
    environment: { HTTP_ALLOW_HOSTS: server.authority, LLM_PROVIDER: "embedded" },
  }),
});
await using browser = await launchBrowser();
// Numbers and times as in the documents, wherever this runs.
await using context = await browser.newContext({ viewport: WIDE, locale: "en-GB", timezoneId: "Europe/Berlin" });
const page = await context.newPage();
await page.goto(cloud.url);

await say(
  page,
  `Every weekday at 9am Berlin time fetch ${server.origin}/orders, if total is over 1000 ask me to approve, then post it to ${server.origin}/audit`,
);
await say(page, "at 10 instead");
await take(page, "page-light.png");

await page.getByRole("button", { name: "Save and run" }).click();
await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
await page.emulateMedia({ colorScheme: "dark" });
await take(page, "page-dark.png");

await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize(NARROW);
await take(page, "page-narrow.png");

async function take(page: Page, name: string): Promise<void> {
  // Without the caret, and at the end of every transition: two pictures of the same state are the same.
  const png = toSmallPng(await page.screenshot({ animations: "disabled", caret: "hide" }));
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(join(IMAGES, name), png);
  console.log(`docs/images/${name}: ${Math.round(png.length / 1_000)} kB`);
}

async function startOrders(): Promise<{ readonly origin: string; readonly authority: string } & AsyncDisposable> {
  const orders = await startCalledServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ total: 1_200 }));
  });
  return { ...orders, [Symbol.asyncDispose]: async () => orders.close() };
}
