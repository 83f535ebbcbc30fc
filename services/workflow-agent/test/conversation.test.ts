import { BadRequestSchema, ErrorInfoSchema, Role } from "@agent-team/contracts";
import { sketch } from "@agent-team/embedded-planner/testing";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { DAY_MS, sweep } from "../src/conversation/retention.ts";
import { collect, errorOf, eventOf, say, startAgent, textOf } from "./fixture.ts";

test("the answer to a question completes the draft on another instance", async () => {
  const one = startAgent();
  const asked = await say(one.agent, "every day at 9am fetch the orders");
  expect(eventOf(asked, "clarificationAsked").questions).toMatchObject([{ id: "url", required: true }]);
  expect(await one.agent.getConversation({ conversationId: "c1" })).toMatchObject({ openQuestions: [{ id: "url" }] });

  const two = startAgent({ journal: one.journal });
  const { spec } = eventOf(await say(two.agent, "https://example.com/orders"), "workflowProposed");

  expect(spec && sketch(spec)).toEqual(["CRON 0 9 * * *", "HTTP GET https://example.com/orders"]);
  expect((await one.agent.getConversation({ conversationId: "c1" })).openQuestions).toEqual([]);
});

test("GetConversation returns the messages with their roles, and the draft", async () => {
  const { agent } = startAgent();
  const responses = await say(agent, "fetch https://example.com/orders");
  const { messages, draft, activeTurnId } = await agent.getConversation({ conversationId: "c1" });

  expect(messages).toMatchObject([
    { role: Role.USER, text: "fetch https://example.com/orders", turnId: responses[0]?.turnId },
    { role: Role.ASSISTANT, text: textOf(responses), turnId: responses[0]?.turnId },
  ]);
  expect(draft).toEqual(eventOf(responses, "workflowProposed").spec);
  expect(activeTurnId).toBe("");
});

test("a turn that drafts nothing keeps the draft before it", async () => {
  const { agent } = startAgent();
  await say(agent, "fetch https://example.com/orders");
  await say(agent, "thanks!");

  expect((await agent.getConversation({ conversationId: "c1" })).draft?.nodes).toHaveLength(2);
});

test("pages lead from the newest message to the oldest, each in the order of writing", async () => {
  const { agent } = startAgent();
  for (const message of ["one", "two", "three"]) await say(agent, message);
  const turned: string[][] = [];
  let pageToken = "";
  do {
    const page = await agent.getConversation({ conversationId: "c1", pageSize: 4, pageToken });
    turned.push(page.messages.filter(({ role }) => role === Role.USER).map(({ text }) => text));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");

  expect(turned).toEqual([["two", "three"], ["one"]]);
});

test("200 messages are kept, and a page token stays valid while older ones are dropped", async () => {
  const { agent } = startAgent();
  for (let turn = 0; turn < 101; turn += 1) await say(agent, `message ${turn}`);
  const newest = await agent.getConversation({ conversationId: "c1", pageSize: 100 });
  await say(agent, "message 101");
  const older = await agent.getConversation({ conversationId: "c1", pageSize: 200, pageToken: newest.nextPageToken });

  expect(newest.messages[0]?.text).toBe("message 51");
  expect(older.messages.at(-2)?.text).toBe("message 50");
  expect(older.messages[0]?.text).toBe("message 2");
  expect(older.nextPageToken).toBe("");
});

test("a deleted conversation is NOT_FOUND, a repeated delete succeeds for a day, and the id can be used again", async () => {
  const clock = new FakeClock();
  const { agent } = startAgent({ clock });
  await say(agent, "fetch https://example.com/orders");
  await agent.deleteConversation({ conversationId: "c1" });

  expect((await errorOf(agent.getConversation({ conversationId: "c1" }))).code).toBe(Code.NotFound);
  await agent.deleteConversation({ conversationId: "c1" });
  clock.advance(24 * 60 * 60 * 1000 + 1);
  expect((await errorOf(agent.deleteConversation({ conversationId: "c1" }))).code).toBe(Code.NotFound);

  await say(agent, "hi");
  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({ messages: [{ text: "hi" }, {}] });
});

const LIMITS = { maxConversations: 2, maxConversationBytes: 16 * 1024 * 1024, retentionMs: 24 * 60 * 60 * 1000 };

function reasonOf(error: ConnectError): string | undefined {
  return error.findDetails(ErrorInfoSchema)[0]?.reason;
}

test("each owner has a quota of conversations, and a deletion frees a place", async () => {
  const { agent, as } = startAgent({ limits: LIMITS });
  await say(agent, "hi", "c1");
  await say(agent, "hi", "c2");
  const error = await errorOf(say(agent, "hi", "c3"));
  expect({ code: error.code, reason: reasonOf(error) }).toEqual({
    code: Code.ResourceExhausted,
    reason: "QUOTA_CONVERSATIONS",
  });
  expect(error.rawMessage).toContain("at most 2 conversations");

  await say(agent, "hi again", "c1");
  await say(as("ada"), "hi", "c3");
  await agent.deleteConversation({ conversationId: "c2" });
  await say(agent, "hi", "c3");
});

test("the quota of bytes refuses a turn that begins, and not a running one", async () => {
  const { agent } = startAgent({ limits: { ...LIMITS, maxConversationBytes: 1_024 } });
  await say(agent, "x".repeat(600));
  const { messages } = await agent.getConversation({ conversationId: "c1" });
  expect(messages).toHaveLength(2);
  expect(reasonOf(await errorOf(say(agent, "x".repeat(600))))).toBe("QUOTA_CONVERSATIONS");
});

test("a sweep removes expired conversations and keeps those with a later message", async () => {
  const clock = new FakeClock();
  const { agent, journal } = startAgent({ clock, limits: LIMITS });
  await say(agent, "hi", "old");
  await say(agent, "hi", "kept");
  clock.advance(2 * DAY_MS);
  await say(agent, "hi again", "kept");
  clock.advance(DAY_MS);

  expect(await sweep({ journal, nowMs: clock.wallNow(), retentionMs: LIMITS.retentionMs })).toBe(1);
  expect((await errorOf(agent.getConversation({ conversationId: "old" }))).code).toBe(Code.NotFound);
  expect((await agent.getConversation({ conversationId: "kept" })).messages).toHaveLength(4);
});

test("a sweep removes deletion marks that are a day old", async () => {
  const clock = new FakeClock();
  const { agent, journal } = startAgent({ clock, limits: LIMITS });
  await say(agent, "hi");
  await agent.deleteConversation({ conversationId: "c1" });
  const swept = (): Promise<number> => sweep({ journal, nowMs: clock.wallNow(), retentionMs: LIMITS.retentionMs });

  clock.advance(DAY_MS);
  expect(await swept()).toBe(0);
  clock.advance(DAY_MS);
  expect(await swept()).toBe(1);
  expect(await swept()).toBe(0);
});

test("an owner has at most 1,000 deletion marks; the next deletion leaves no mark, and its repeat is NOT_FOUND", async () => {
  const { agent } = startAgent({ limits: LIMITS });
  for (let turn = 0; turn <= 1_000; turn += 1) {
    await say(agent, "hi", `c${turn}`);
    await agent.deleteConversation({ conversationId: `c${turn}` });
  }
  await agent.deleteConversation({ conversationId: "c999" });
  expect((await errorOf(agent.deleteConversation({ conversationId: "c1000" }))).code).toBe(Code.NotFound);
});

test("a missing conversation or turn is NOT_FOUND", async () => {
  const { agent } = startAgent();
  const calls = [
    agent.getConversation({ conversationId: "missing" }),
    agent.deleteConversation({ conversationId: "missing" }),
    agent.cancelTurn({ turnId: "nothing" }),
  ];

  const errors = await Promise.all(calls.map((call) => errorOf(call)));
  expect(errors.map(({ code }) => code)).toEqual(calls.map(() => Code.NotFound));
});

describe("a wrong field is named", () => {
  test.for([
    [{ conversationId: "", message: "hi" }, ["conversation_id"]],
    [{ conversationId: "a b", message: "hi" }, ["conversation_id"]],
    [{ conversationId: "x".repeat(129), message: "hi" }, ["conversation_id"]],
    [{ conversationId: "c1", message: "" }, ["message"]],
    [{ conversationId: "c1", message: "ä".repeat(4_097) }, ["message"]],
    [{ conversationId: "c1", message: "hi", requestId: "x".repeat(129) }, ["request_id"]],
    [{ conversationId: "/", message: "" }, ["conversation_id", "message"]],
    [{ turnId: "t1", message: "hi", requestId: "r1" }, ["message", "request_id"]],
    [{ turnId: "t1", resumeFence: "x".repeat(65) }, ["resume_fence"]],
  ] as const)("%j", async ([request, fields]) => {
    const { agent } = startAgent();
    const error = await errorOf(collect(agent.processConversation(request)));

    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations.map(({ field }) => field)).toEqual(fields);
  });
});

test("what comes in a later version is UNIMPLEMENTED and says so", async () => {
  const { agent } = startAgent();
  const request = { conversationId: "c1", message: "hi", baseWorkflowId: "w1" };
  const error = await errorOf(collect(agent.processConversation(request)));

  expect(error.code).toBe(Code.Unimplemented);
  expect(error.rawMessage).toContain("yet");
});
