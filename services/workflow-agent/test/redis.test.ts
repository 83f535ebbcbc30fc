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

interface Killed {
  readonly redis: RedisServer;
  readonly survivor: Client<typeof WorkflowAgentService>;
  /** An undisturbed answer to the same message, and what was read of this one. */
  readonly whole: readonly ProcessConversationResponse[];
  readonly read: readonly ProcessConversationResponse[];
  /** Resumes the answer at the survivor. */
  resume(): AsyncIterable<ProcessConversationResponse>;
}

/** Two agents on a Redis, of which one was killed in the middle of its answer. */
async function killedInMidAnswer(): Promise<Killed> {
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const env = { ...NO_ENGINE, REDIS_URL: redis.url, PLANNER_PACE_MS: "10" };
  const programs = [new AgentProcess(env), new AgentProcess(env)] as const;
  for (const program of programs) onTestFinished(() => program[Symbol.asyncDispose]());
  const [victim, survivor] = await Promise.all([clientOf(programs[0]), clientOf(programs[1])]);
  const request = { message: "every day at 9am fetch https://example.com/orders", requestId: "r1" };
  const whole = await collect(survivor.processConversation({ ...request, conversationId: "whole" }));

  const read: ProcessConversationResponse[] = [];
  const broken = (async () => {
    for await (const response of victim.processConversation({ ...request, conversationId: "c1" })) {
      read.push(response);
      if (read.length === 6) await programs[0][Symbol.asyncDispose]();
    }
  })();
  await expect(broken).rejects.toMatchObject({ code: Code.Unavailable });
  const { turnId = "", sequence = 0, fence = "" } = read.at(-1) ?? {};
  const cursor = { turnId, resumeAfterSequence: sequence, resumeFence: fence };
  return { redis, survivor, whole, read, resume: () => survivor.processConversation(cursor) };
}

function withoutHeartbeats(responses: readonly ProcessConversationResponse[]): ProcessConversationResponse[] {
  return responses.filter(({ event }) => event.case !== "heartbeat");
}

/** The text of an undisturbed answer names its conversation. */
function textOfC1({ whole }: Killed): string {
  return textOf(whole).replace('"whole"', '"c1"');
}

test("an agent that is killed in the middle of its answer is continued to the byte by another one", async () => {
  const killed = await killedInMidAnswer();
  const { read, survivor } = killed;
  const rest = withoutHeartbeats(await collect(killed.resume()));

  expect(textOf([...read, ...rest])).toBe(textOfC1(killed));
  expect(rest[0]?.sequence).toBe((read.at(-1)?.sequence ?? 0) + 1);
  expect(eventOf(rest, "turnCompleted").usage).toMatchObject({ takeovers: 1 });
  expect((await survivor.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});

test("an agent that takes a turn over in a full Redis waits for room, and continues it to the byte", async () => {
  const killed = await killedInMidAnswer();
  const { read, redis, survivor } = killed;
  await redis.limitMemory(1);
  const all: ProcessConversationResponse[] = [];
  for await (const response of killed.resume()) {
    all.push(response);
    if (response.event.case === "heartbeat" && response.event.value.recovering) await redis.limitMemory(0);
  }
  const rest = withoutHeartbeats(all);

  expect(all.length).toBeGreaterThan(rest.length);
  expect(textOf([...read, ...rest])).toBe(textOfC1(killed));
  expect(eventOf(rest, "turnCompleted").usage).toMatchObject({ takeovers: 1 });
  expect((await survivor.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});

test("a new turn that Redis has no room for is counted, and the log has one line for all of them", async () => {
  await using redis = await RedisServer.start();
  await using program = new AgentProcess({ ...NO_ENGINE, REDIS_URL: redis.url });
  const agent = await clientOf(program);
  await say(agent, "hi");
  await redis.limitMemory(Math.round((await redis.usedMemory()) / 0.9));
  for (let at = 0; at < 3; at += 1)
    await expect(say(agent, "hi")).rejects.toMatchObject({ code: Code.ResourceExhausted });

  expect(await program.metrics()).toContain('\nstore_full_refusals_total{what="turns"} 3\n');
  const lines = program.logs.filter(({ what }) => what === "turns");
  expect(lines).toMatchObject([{ level: "warn", refused: 1, msg: expect.stringContaining("raise its memory") }]);
  expect((await agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});

test("a turn that has ended in a full Redis is not the active one of its conversation", async () => {
  await using redis = await RedisServer.start();
  await using program = new AgentProcess({ ...NO_ENGINE, REDIS_URL: redis.url, PLANNER_PACE_MS: "1000" });
  const agent = await clientOf(program);
  const message = "every day at 9am fetch https://example.com/orders";
  const events = agent.processConversation({ conversationId: "c1", message })[Symbol.asyncIterator]();
  const { turnId } = (await events.next()).value as ProcessConversationResponse;
  const shown = async (): Promise<readonly (string | undefined)[]> => {
    const { conversations } = await agent.listConversations({});
    const { activeTurnId } = await agent.getConversation({ conversationId: "c1" });
    return [activeTurnId, ...conversations.map((each) => each.activeTurnId)];
  };
  expect(await shown()).toEqual([turnId, turnId]);

  await redis.limitMemory(1);
  await agent.cancelTurn({ turnId });
  expect(await shown()).toEqual(["", ""]);
});
