/**
 * Agents that share a Redis, as processes. Each sees what the other stores, and without Redis both answer UNAVAILABLE.
 */

import { type ProcessConversationResponse, WorkflowAgentService } from "@agent-team/contracts";
import { sketch } from "@agent-team/embedded-planner/testing";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { freePort } from "@agent-team/test-support/free-port";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { collect, eventOf, say, textOf } from "./fixture.ts";
import { AgentProcess } from "./process.ts";

const NO_ENGINE = { WORKFLOW_ENGINE_HOST: "127.0.0.1", WORKFLOW_ENGINE_PORT: "9" };

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

async function clientOf(program: AgentProcess): Promise<Client<typeof WorkflowAgentService>> {
  const channel = createChannel(`ipv4:${await program.address()}`);
  onTestFinished(() => channel.close());
  return createClient(WorkflowAgentService, createConnectTransport(channel));
}

/** `/readyz` is always 200, and its body has the state of the store. */
async function untilStoreIs(program: AgentProcess, how: "available" | "away"): Promise<void> {
  await vi.waitUntil(async () => (await readyz(program)).includes(`store: ${how}`));
}

async function readyz(program: AgentProcess): Promise<string> {
  const { status, body } = await program.readyz();
  expect(status).toBe(200);
  return body;
}

test("a conversation that began on one agent is read and continued on the other, also after the first was killed", async () => {
  await using redis = await RedisServer.start();
  await using first = new AgentProcess({ ...NO_ENGINE, REDIS_URL: redis.url });
  await using second = new AgentProcess({ ...NO_ENGINE, REDIS_URL: redis.url });
  const one = await clientOf(first);
  const two = await clientOf(second);

  await say(one, "every day at 9am fetch the orders");
  expect(await two.getConversation({ conversationId: "c1" })).toMatchObject({ openQuestions: [{ id: "url" }] });
  expect(await two.listConversations({})).toMatchObject({
    conversations: [{ conversationId: "c1", title: "every day at 9am fetch the orders", messageCount: 2 }],
    nextPageToken: "",
  });
  await first[Symbol.asyncDispose]();
  const { spec } = eventOf(await say(two, "https://example.com/orders"), "workflowProposed");

  expect(spec && sketch(spec)).toEqual(["CRON 0 9 * * *", "HTTP GET https://example.com/orders"]);
  expect(await second.stop()).toBe(0);
});

test("an agent without Redis starts, logs it, answers UNAVAILABLE, and serves when Redis is available", async () => {
  const port = await freePort();
  await using program = new AgentProcess({ ...NO_ENGINE, REDIS_URL: `redis://:secret@127.0.0.1:${port}` });
  const agent = await clientOf(program);

  expect(await readyz(program)).toBe("ready\nstore: away\n");
  const error = ConnectError.from(await agent.getConversation({ conversationId: "c1" }).catch((thrown) => thrown));
  expect(error).toMatchObject({
    code: Code.Unavailable,
    rawMessage: "conversations cannot be read or written now",
  });

  await using _redis = await RedisServer.start({ port, args: ["--requirepass", "secret"] });
  await untilStoreIs(program, "available");

  expect(eventOf(await say(agent, "fetch https://example.com/orders"), "workflowProposed").spec).toBeDefined();
  const lines = program.logs.filter(({ msg }) => String(msg).startsWith("Redis at"));
  expect(lines).toMatchObject([
    { level: "warn", code: "ECONNREFUSED", msg: expect.stringContaining(`127.0.0.1:${port}: ECONNREFUSED: nothing`) },
    { level: "info", msg: expect.stringContaining("is ready") },
  ]);
  expect(JSON.stringify(program.logs) + program.errors.join("")).not.toContain("secret");
  expect(await program.stop()).toBe(0);
});

test("an agent that loses its Redis stays a ready task, and serves again when Redis is back", async () => {
  await using redis = await RedisServer.start({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  await using program = new AgentProcess({ ...NO_ENGINE, REDIS_URL: redis.url });
  const agent = await clientOf(program);
  await say(agent, "fetch https://example.com/orders");

  await redis.kill();
  await untilStoreIs(program, "away");
  await redis.start();
  await untilStoreIs(program, "available");

  expect((await agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});

test("the quota of an owner holds in Redis, too", async () => {
  await using redis = await RedisServer.start();
  await using program = new AgentProcess({ ...NO_ENGINE, REDIS_URL: redis.url, MAX_CONVERSATIONS_PER_OWNER: "1" });
  const agent = await clientOf(program);
  await say(agent, "hi", "c1");
  const error = ConnectError.from(await say(agent, "hi", "c2").catch((thrown: unknown) => thrown));
  expect(error.code).toBe(Code.ResourceExhausted);
  await agent.deleteConversation({ conversationId: "c1" });
  await say(agent, "hi", "c2");
});

test("an agent that is killed in the middle of its answer is continued to the byte by another one", async () => {
  await using redis = await RedisServer.start();
  const env = { ...NO_ENGINE, REDIS_URL: redis.url, PLANNER_PACE_MS: "10" };
  await using first = new AgentProcess(env);
  await using second = new AgentProcess(env);
  const one = await clientOf(first);
  const two = await clientOf(second);
  const request = { message: "every day at 9am fetch https://example.com/orders", requestId: "r1" };
  const whole = await collect(two.processConversation({ ...request, conversationId: "whole" }));

  const read: ProcessConversationResponse[] = [];
  const broken = (async () => {
    for await (const response of one.processConversation({ ...request, conversationId: "c1" })) {
      read.push(response);
      if (read.length === 6) await first[Symbol.asyncDispose]();
    }
  })();
  await expect(broken).rejects.toMatchObject({ code: Code.Unavailable });
  const { turnId = "", sequence = 0, fence = "" } = read.at(-1) ?? {};
  const cursor = { turnId, resumeAfterSequence: sequence, resumeFence: fence };
  const rest = (await collect(two.processConversation(cursor))).filter(({ event }) => event.case !== "heartbeat");

  // The answer names its conversation.
  expect(textOf([...read, ...rest])).toBe(textOf(whole).replace('"whole"', '"c1"'));
  expect(rest[0]?.sequence).toBe(sequence + 1);
  expect(eventOf(rest, "turnCompleted").usage).toMatchObject({ takeovers: 1 });
  expect((await two.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});
