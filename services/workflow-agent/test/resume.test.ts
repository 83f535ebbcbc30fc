// Callers attach to turns by request_id, by turn_id and by cursor. One agent, and two on one store.

import { ErrorInfoSchema, type ProcessConversationResponse } from "@agent-team/contracts";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import type { Planner } from "../src/planner.ts";
import {
  collect,
  eventOf,
  type Fixture,
  passTime,
  passTimeUntil,
  startAgent,
  textOf,
  thinkingPlanner,
} from "./fixture.ts";

const MESSAGE = "every weekday at 9am fetch https://example.com/orders, if total is over 1000 tell #ops";
const REQUEST = { conversationId: "c1", message: MESSAGE, requestId: "r1" };

async function failureOf(promise: Promise<unknown>): Promise<{ code: Code; reason: string | undefined }> {
  const error = ConnectError.from(
    await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason };
}

const whole = (agent: Fixture["agent"]): Promise<ProcessConversationResponse[]> =>
  collect(agent.processConversation(REQUEST));

/** The embedded planner, and how often it has planned. */
function counting(): { readonly planner: Planner; readonly plans: () => number } {
  let plans = 0;
  const plan: Planner["plan"] = (input, context) => {
    plans += 1;
    return embeddedPlanner.plan(input, context);
  };
  return { planner: { ...embeddedPlanner, plan }, plans: () => plans };
}

test("a repeated request_id gets the same events, and its message is stored once", async () => {
  const { planner, plans } = counting();
  const { agent } = startAgent({ planner });
  const first = await whole(agent);

  expect(await whole(agent)).toEqual(first);
  expect(plans()).toBe(1);
  expect((await agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});

test("50 callers at once on two agents get the same events, and the planner plans once", async () => {
  const { planner, plans } = counting();
  const one = startAgent({ planner });
  const two = startAgent({ planner, journal: one.journal, clock: one.clock });
  const calls = Array.from({ length: 50 }, (_, at) => whole(at % 2 === 0 ? one.agent : two.agent));
  const [first, ...others] = await passTimeUntil(one.clock, Promise.all(calls));
  expect(textOf(first ?? [])).toContain("Here is a draft");
  for (const other of others) expect(other).toEqual(first);
  expect(plans()).toBe(1);
  expect((await one.agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
});

test("other content under a request_id is refused, and changes nothing", async () => {
  const { agent } = startAgent();
  await whole(agent);
  const other = agent.processConversation({ ...REQUEST, message: "hi" });

  expect(await failureOf(collect(other))).toEqual({ code: Code.InvalidArgument, reason: "REQUEST_ID_REUSED" });
  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({ messages: [{ text: MESSAGE }, {}] });
});

test("a caller that comes back with its cursor gets the rest, from each event on, on any agent", async () => {
  const one = startAgent();
  const events = await whole(one.agent);
  const two = startAgent({ journal: one.journal });
  for (const { sequence, fence, turnId } of events) {
    const cursor = { resumeAfterSequence: sequence, resumeFence: fence };
    expect(await collect(two.agent.processConversation({ ...REQUEST, ...cursor }))).toEqual(events.slice(sequence));
    expect(await collect(two.agent.processConversation({ turnId, ...cursor }))).toEqual(events.slice(sequence));
  }
});

test.for([
  ["beyond the end", { resumeAfterSequence: 1_000 }, "all"],
  ["of an unknown writer", { resumeAfterSequence: 5, resumeFence: "7-none" }, 0],
] as const)("a cursor %s is truncated to what exists", async ([, cursor, kept]) => {
  const { agent } = startAgent();
  const events = await whole(agent);
  const [truncation, ...rest] = await collect(agent.processConversation({ ...REQUEST, ...cursor }));

  const keep = kept === "all" ? events.length : kept;
  expect(truncation).toMatchObject({
    sequence: 0,
    event: { case: "outputTruncated", value: { keepThroughSequence: keep, reason: "STORE_LOST_EVENTS" } },
  });
  expect(rest).toEqual(events.slice(keep));
});

test("a turn with a request_id goes on when its caller leaves, and stops after 30 s without a reader", async () => {
  const { planner, thinks } = thinkingPlanner();
  const { agent, clock } = startAgent({ planner });
  const caller = new AbortController();
  const turn = failureOf(collect(agent.processConversation(REQUEST, { signal: caller.signal })));
  const signal = await thinks;
  caller.abort();
  await turn;

  await passTime(clock, 29_900, 1_000);
  expect(signal.aborted).toBe(false);
  await passTime(clock, 200);
  expect(signal.aborted).toBe(true);
  expect(await failureOf(whole(agent))).toEqual({ code: Code.Canceled, reason: "NO_READER" });
});

test("a reader on another agent counts: the turn does not stop", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const one = startAgent({ planner });
  const caller = new AbortController();
  const left = failureOf(collect(one.agent.processConversation(REQUEST, { signal: caller.signal })));
  const signal = await thinks;
  const two = startAgent({ planner, journal: one.journal, clock: one.clock });
  const reader = whole(two.agent);
  await passTime(one.clock, 50);
  caller.abort();
  await left;

  await passTime(one.clock, 90_000, 1_000);
  expect(signal.aborted).toBe(false);
  goOn();
  await passTime(one.clock, 100);
  expect(textOf(await reader)).toBe("Hm. Done.");
});

test("a turn is cancelled from another agent, and every caller gets CANCELLED", async () => {
  const { planner, thinks } = thinkingPlanner();
  const one = startAgent({ planner });
  const first = failureOf(whole(one.agent));
  const signal = await thinks;
  const two = startAgent({ planner, journal: one.journal, clock: one.clock });
  const second = failureOf(whole(two.agent));
  await passTime(one.clock, 50);
  const { activeTurnId: turnId } = await two.agent.getConversation({ conversationId: "c1" });

  expect(await two.agent.cancelTurn({ turnId })).toMatchObject({ wasRunning: true });
  await passTime(one.clock, 100);
  expect(signal.aborted).toBe(true);
  const cancelled = { code: Code.Canceled, reason: "CANCELLED" };
  expect([await first, await second]).toEqual([cancelled, cancelled]);
  expect(await one.agent.cancelTurn({ turnId })).toMatchObject({ wasRunning: false });
});

test("another turn of the conversation is refused on each agent with the id of the one that runs", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const one = startAgent({ planner });
  const first = whole(one.agent);
  await thinks;
  const two = startAgent({ journal: one.journal, clock: one.clock });
  const other = { conversationId: "c1", message: "me too", requestId: "r2" };
  for (const { agent } of [one, two]) {
    expect(await failureOf(collect(agent.processConversation(other)))).toEqual({
      code: Code.FailedPrecondition,
      reason: "TURN_ACTIVE",
    });
  }
  goOn();
  await first;
  eventOf(await collect(two.agent.processConversation(other)), "turnCompleted");
});

test("another owner's turn is NOT_FOUND, as an unknown one", async () => {
  const { as } = startAgent();
  const [{ turnId } = { turnId: "" }] = await whole(as("ada"));
  const unknown = `${turnId.slice(0, -1)}${turnId.endsWith("a") ? "b" : "a"}`;
  for (const id of [turnId, unknown, "no turn"]) {
    expect(await failureOf(collect(as("bob").processConversation({ turnId: id })))).toMatchObject({
      code: Code.NotFound,
    });
  }
});

test("a deleted conversation ends its turn, and takes its stored turns with it", async () => {
  const { planner, thinks } = thinkingPlanner();
  const journal = new InProcessJournal();
  const { agent } = startAgent({ planner, journal });
  const running = failureOf(whole(agent));
  await thinks;
  const { activeTurnId: turnId } = await agent.getConversation({ conversationId: "c1" });
  await agent.deleteConversation({ conversationId: "c1" });

  expect(await running).toEqual({ code: Code.Canceled, reason: "CANCELLED" });
  expect(await failureOf(collect(agent.processConversation({ turnId })))).toMatchObject({ code: Code.NotFound });
});

test("an agent whose taking of a turn was stored without an answer takes it once, and knows which planner began it", async () => {
  const { planner, thinks } = thinkingPlanner();
  const one = startAgent({ planner: { ...planner, name: "old/1", continuation: "recompute" }, dies: true });
  const { clock, journal } = one;
  one.agent
    .processConversation(REQUEST)
    [Symbol.asyncIterator]()
    .next()
    .catch(() => {});
  await thinks;
  void one.instance.handOff();
  await passTime(clock, 50);
  const { append } = journal;
  vi.spyOn(journal, "append").mockImplementationOnce(async (...given) => {
    await append.apply(journal, given);
    throw new JournalError("unavailable", "no answer");
  });
  const plan: Planner["plan"] = () => [{ kind: "text", text: "Done." }];
  const two = startAgent({ planner: { name: "new/1", continuation: "recompute", plan }, journal, clock, dies: true });
  const read = await passTimeUntil(clock, whole(two.agent));

  expect(eventOf(read, "outputTruncated")).toMatchObject({ reason: "STEP_RESTARTED" });
  expect(eventOf(read, "turnCompleted").usage).toMatchObject({ takeovers: 1 });
});

test("a turn whose events were stored without an answer, before the store was full, ends behind them", async () => {
  let state: "empty" | "away" | "full" = "empty";
  const away = new JournalError("unavailable", "no answer");
  const plan: Planner["plan"] = async function* () {
    const { append, read: readLog } = journal;
    vi.spyOn(journal, "append").mockImplementation(async (...given) => {
      if (state === "away") state = "full";
      if (state === "full" && given[2].mayOverfill !== true) throw new JournalError("full", "no room");
      const version = await append.apply(journal, given);
      if (state === "full") return version;
      state = "away";
      throw away;
    });
    vi.spyOn(journal, "read").mockImplementation(async (...given) => {
      if (state === "away") throw away;
      return readLog.apply(journal, given);
    });
    yield { kind: "text", text: "Hello." };
  };
  const planner: Planner = { name: "wordy/1", continuation: "restart", plan };
  const { agent, journal, clock } = startAgent({ planner });
  const read: ProcessConversationResponse[] = [];
  const end = failureOf(
    (async () => {
      for await (const response of agent.processConversation(REQUEST)) read.push(response);
    })(),
  );

  expect(await passTimeUntil(clock, end)).toEqual({ code: Code.ResourceExhausted, reason: "STORE_FULL" });
  expect(textOf(read)).toBe("Hello.");
  expect(read.at(-1)?.event.case).toBe("turnFailed");
});
