// An agent dies in the middle of an answer, and the store has no room for another one to take it over: the page says that it waits.

import { agentTeamServices } from "@agent-team/local-cloud";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { expect, test } from "vitest";
import { answered, launchBrowser, openPage, say, type, whyNoBrowser } from "../test/support/browser.ts";
import { cloudOfTest } from "../test/support/cloud.ts";
import { ORDERS_REQUEST } from "../test/support/conversation.ts";
import { answering } from "../test/support/kill-while-answering.ts";

const WAITS = "Waiting for another agent; nothing is lost";

test("an answer that no agent can take over says so, and goes on when the store has room", async ({ skip }) => {
  skip(whyNoBrowser !== undefined, whyNoBrowser);
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  await using redis = await RedisServer.start();
  const services = agentTeamServices({ agents: 2, environment: { PLANNER_PACE_MS: "30" } });
  await using cloud = await cloudOfTest("127.57.0.0/16", { redisUrl: redis.url, services });
  await using browser = await launchBrowser();
  const { page, faults } = await openPage(browser, cloud.url);
  await say(page, ORDERS_REQUEST);
  const whole = await page.locator(".answer .text").first().innerText();
  await page.getByRole("button", { name: "New conversation" }).click();

  await type(page, ORDERS_REQUEST);
  await expect.poll(() => page.locator(".answer").textContent()).toMatch(/.{60}/s);
  await cloud.killTask((await answering(cloud)).id);
  await redis.limitMemory(1);
  await page.getByText(WAITS).waitFor();
  const before = await page.locator(".answer .text").innerText();
  expect(whole.startsWith(before.trim())).toBe(true);

  await redis.limitMemory(0);
  await answered(page);
  expect(await page.getByText(WAITS).count()).toBe(0);
  expect(await page.locator(".answer .text").innerText()).toBe(whole);
  await page.getByText("Another agent went on with this answer. Nothing was lost.").waitFor();
  expect(faults).toEqual([]);
});
