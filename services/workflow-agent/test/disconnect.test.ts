// What a turn does when its caller leaves is the caller's choice: the OpenAI-compatible door ends it, because its clients have no other stop.

import { DisconnectPolicy } from "@agent-team/contracts";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { collect, errorOf, passTime, startAgent, thinkingPlanner } from "./fixture.ts";

const MESSAGE = { conversationId: "c1", message: "go" };

test("a turn with a request_id whose caller chose CANCEL stops at once when the caller leaves", async () => {
  const { planner, thinks } = thinkingPlanner();
  const { agent } = startAgent({ planner });
  const caller = new AbortController();
  const request = { ...MESSAGE, requestId: "r1", onDisconnect: DisconnectPolicy.CANCEL };
  const turn = errorOf(collect(agent.processConversation(request, { signal: caller.signal })));
  const signal = await thinks;
  const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
  caller.abort();

  expect((await turn).code).toBe(Code.Canceled);
  await stopped;
  await expect.poll(() => agent.getConversation({ conversationId: "c1" })).toMatchObject({ activeTurnId: "" });
});

test("a turn without a request_id whose caller chose CONTINUE goes on for 30 s", async () => {
  const { planner, thinks } = thinkingPlanner();
  const { agent, clock } = startAgent({ planner });
  const caller = new AbortController();
  const request = { ...MESSAGE, onDisconnect: DisconnectPolicy.CONTINUE };
  const turn = errorOf(collect(agent.processConversation(request, { signal: caller.signal })));
  const signal = await thinks;
  caller.abort();
  expect((await turn).code).toBe(Code.Canceled);

  await passTime(clock, 29_900, 1_000);
  expect(signal.aborted).toBe(false);
  await passTime(clock, 200);
  expect(signal.aborted).toBe(true);
});
