/**
 * The whole system on a Redis, as it is deployed: two agents, an engine and a gateway that share nothing else. Conversations
 * and workflows outlive their tasks. While Redis does not answer, calls end with 503, and no task needs a restart.
 */

import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { beforeEach, expect, test } from "vitest";
import { cloudOfTest } from "./support/cloud.ts";
import { converse, postJson, specOf, textOf } from "./support/conversation.ts";

const VPC = "127.26.0.0/16";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

test("a conversation and its workflow outlive their tasks and a restart of Redis", async () => {
  await using redis = await RedisServer.start({ args: ["--appendonly", "yes"] });
  await using cloud = await cloudOfTest(VPC, { redisUrl: redis.url });
  const readJson = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(`${cloud.url}/v1/${path}`);
    return { status: response.status, text: await response.text() };
  };
  /** Resolves when all present tasks of the service have ended. */
  const replace = async (service: string): Promise<void> => {
    await cloud.roll(service);
    const old = cloud.tasks(service).filter(({ state }) => state === "draining");
    await Promise.all(old.map(({ id }) => cloud.stopTask(id)));
  };
  expect(cloud.journalUrl).toBeUndefined();

  expect(textOf(await converse(cloud.url, "c1", "every day at 9am fetch the orders"))).toContain("?");
  await replace("workflow-agent");
  const spec = specOf(await converse(cloud.url, "c1", "https://example.com/orders"));
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec });
  expect(stored.status, JSON.stringify(stored.body)).toBe(201);
  await replace("workflow-engine");
  expect((await readJson("workflows")).text).toContain("https://example.com/orders");

  await redis.kill();
  expect(await readJson("conversations/c1")).toMatchObject({ status: 503 });
  expect(await readJson("workflows")).toMatchObject({ status: 503 });
  await redis.start();
  await expect.poll(() => readJson("conversations/c1")).toMatchObject({ status: 200 });
  await expect.poll(() => readJson("workflows")).toMatchObject({ status: 200 });
  // Each agent comes back to Redis by itself.
  await expect
    .poll(async () => (await readJson("conversations/c1")).text)
    .toContain("every day at 9am fetch the orders");
});

test("a frozen Redis fails calls and gets no task replaced, and the same tasks serve again when it goes on", async () => {
  await using redis = await RedisServer.start();
  const unhealthy: string[] = [];
  await using cloud = await cloudOfTest(VPC, {
    redisUrl: redis.url,
    // Short intervals and no grace: several checks come in the time that the Redis is frozen.
    timing: { targetCheckIntervalMs: 50, containerCheckIntervalMs: 50, gracePeriodMs: 1 },
    onEvent: (event) => {
      if (event.kind === "task-unhealthy") unhealthy.push(`${event.task.service}: ${event.reason}`);
    },
  });
  const ids = (): readonly string[] => cloud.tasks().map(({ id }) => id);
  const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
  const before = ids();
  await converse(cloud.url, "c1", "Hello, workflow!");

  redis.pause();
  const readConversation = (): Promise<number> => statusOf(`${cloud.url}/v1/conversations/c1`);
  await expect.poll(readConversation).toBe(503);
  // The check of the balancers, more often than the threshold for unhealthy.
  for (let n = 0; n < 50; n++) {
    for (const { host, healthPort } of cloud.tasks()) {
      expect(await statusOf(`http://${host}:${healthPort}/readyz`)).toBe(200);
    }
  }
  expect(unhealthy).toEqual([]);

  redis.resume();
  await expect.poll(readConversation).toBe(200);
  expect(ids()).toEqual(before);
}, 90_000);
