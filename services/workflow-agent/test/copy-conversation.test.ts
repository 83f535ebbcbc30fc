// A copy of a conversation is a point to go on from: the two then differ.

import { ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { eventOf, say, startAgent, textOf, thinkingPlanner } from "./fixture.ts";

async function failureOf(
  call: Promise<unknown>,
): Promise<{ readonly code: Code; readonly reason: string | undefined }> {
  const error = ConnectError.from(await call.catch((thrown: unknown) => thrown));
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason };
}

test("a copy has messages and draft, and goes on by itself", async () => {
  const { agent } = startAgent();
  await say(agent, "every weekday at 9am fetch https://x.test/orders", "c1");
  await agent.copyConversation({ conversationId: "c1", targetConversationId: "c2" });
  const changed = await say(agent, "make it 8:30", "c2");

  expect(eventOf(changed, "workflowProposed").spec?.nodes[0]?.configuration).toEqual({ expression: "30 8 * * 1-5" });
  const [first, second] = [
    await agent.getConversation({ conversationId: "c1" }),
    await agent.getConversation({ conversationId: "c2" }),
  ];
  expect(first.draft?.nodes[0]?.configuration).toEqual({ expression: "0 9 * * 1-5" });
  expect([first.messages.length, second.messages.length]).toEqual([2, 4]);
});

test("a copy has the open question, and replaces what is there", async () => {
  const { agent } = startAgent();
  await say(agent, "every day at 9am fetch the orders", "c1");
  await say(agent, "every hour fetch https://x.test/other", "c2");
  await agent.copyConversation({ conversationId: "c1", targetConversationId: "c2" });
  await agent.copyConversation({ conversationId: "c1", targetConversationId: "c2" });

  expect((await agent.getConversation({ conversationId: "c2" })).openQuestions).toHaveLength(1);
  expect(textOf(await say(agent, "https://x.test/orders", "c2"))).toContain("Here is a draft with 2 steps");
});

test("another subject's conversation is not found, wrong ids are named, and a running turn is refused", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent, as } = startAgent({ planner });
  const turn = say(agent, "go", "c1");
  await thinks;
  const copy = { conversationId: "c1", targetConversationId: "c2" };

  expect(await failureOf(as("eve").copyConversation(copy))).toEqual({ code: Code.NotFound, reason: "NOT_FOUND" });
  expect(await failureOf(agent.copyConversation(copy))).toEqual({
    code: Code.FailedPrecondition,
    reason: "TURN_ACTIVE",
  });
  goOn();
  await turn;
  await expect(agent.copyConversation({ conversationId: "c1", targetConversationId: "a b" })).rejects.toThrow(
    /target_conversation_id: expected/,
  );
});
