// The page where callers need a key: it asks for one, keeps it in the tab alone, and shows it to no other place.

import { createHash } from "node:crypto";
import { agentTeamServices, callerVariables } from "@agent-team/local-cloud";
import { expect, test } from "vitest";
import { expectAccessible, launchBrowser, openPage, say, whyNoBrowser } from "../test/support/browser.ts";
import { cloudOfTest } from "../test/support/cloud.ts";

const KEY = "atk_the-key-of-this-test";

test("a wrong key is refused with its reason, the right one stays in its tab, and signing out forgets it", async ({
  skip,
}) => {
  skip(whyNoBrowser !== undefined, whyNoBrowser);
  const hash = createHash("sha256").update(KEY).digest("hex");
  const callers = callerVariables({ AUTH_MODE: "api_key", API_KEYS: `ada:${hash}` });
  const cloud = await cloudOfTest("127.41.0.0/16", { services: agentTeamServices({ agents: 1, callers }) });
  await using browser = await launchBrowser();
  const { page, faults } = await openPage(browser, cloud.url);
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));

  const field = page.getByLabel("API key or access token");
  await field.waitFor();
  await expectAccessible(page);
  await field.fill("atk_wrong");
  await page.keyboard.press("Enter");
  await page.getByText("Not accepted: the API key is not known").waitFor();
  await expectAccessible(page);
  await field.fill(KEY);
  await page.getByRole("button", { name: "Sign in" }).click();
  await say(page, "every day at 9am fetch https://example.com/orders");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Saved" }).waitFor();

  await page.reload();
  await page.getByRole("button", { name: "Saved" }).waitFor();
  const other = await page.context().newPage();
  await other.goto(cloud.url);
  await other.getByLabel("API key or access token").waitFor();
  expect(urls.filter((url) => url.includes("atk_"))).toEqual([]);
  expect(await page.evaluate("[localStorage.length, document.cookie]")).toEqual([0, ""]);
  expect(await page.context().cookies()).toEqual([]);

  await page.getByRole("button", { name: "Sign out" }).click();
  await field.waitFor();
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  expect(faults).toEqual([]);
});
