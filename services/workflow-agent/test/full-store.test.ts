// A store without room, under turns that have begun and under new ones.

import { ErrorInfoSchema } from "@agent-team/contracts";
import { delay } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, isJournalError, type Journal, JournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { beginTurn, completeTurn, withdrawTurn } from "../src/conversation/conversation.ts";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import type { Planner } from "../src/planner.ts";
import { LEASE_MS } from "../src/turn/turn-queue.ts";
import {
  collect,
  errorOf,
  type Fixture,
  passTime,
  passTimeUntil,
  say,
  startAgent,
  thinkingPlanner,
} from "./fixture.ts";
import { Life, MESSAGE, REQUEST, type Reading, reading, resumed, shown } from "./two-agents.ts";

const FULL = { code: Code.ResourceExhausted, reason: "STORE_FULL" };

/** Takes all room of the store. Returns how to give it back. */
async function fill(journal: Journal): Promise<() => Promise<void>> {
  const keys: string[] = [];
  const take = async (bytes: number): Promise<boolean> => {
    const key = `fill ${keys.length}`;
    try {
      await journal.put(key, new Uint8Array(bytes));
    } catch (error) {
      if (isJournalError(error, "full")) return false;
      throw error;
    }
    keys.push(key);
    return true;
  };
  for (const bytes of [10_000, 1_000, 100, 0]) while (await take(bytes));
  return async () => {
    for (const key of keys) await journal.delete(key);
  };
}

function failureOf(thrown: unknown): { readonly code: Code; readonly reason: string | undefined } {
  const error = ConnectError.from(thrown);
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason };
}

interface Lost {
  readonly clock: FakeClock;
  readonly journal: InProcessJournal;
  readonly first: Reading;
  readonly giveRoom: () => Promise<void>;
}

/** An agent that died in the middle of its answer, and a store that is full then. */
async function lostInFullStore(turnTimeoutMs = 120_000): Promise<Lost> {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock, maxBytes: 100_000 });
  const life = new Life(journal);
  const dead = startAgent({ journal: life.journal, clock, paceMs: 10, turnTimeoutMs, dies: true });
  const first = reading(dead.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  life.left = 0;
  return { clock, journal, first, giveRoom: await fill(journal) };
}

/** And a caller that resumes it at another one, which sees the store through `life`. */
async function takenOverInFullStore(
  planner: Planner = embeddedPlanner,
): Promise<Fixture & Lost & { readonly second: Reading; readonly life: Life }> {
  const lost = await lostInFullStore();
  const life = new Life(lost.journal);
  const two = startAgent({ journal: life.journal, clock: lost.clock, planner, dies: true });
  return { ...two, ...lost, life, second: resumed(two.agent, lost.first.read) };
}

test("an agent that takes a turn over waits for room in the store, tells the caller, and continues the turn to the byte", async () => {
  const whole = await collect(startAgent().agent.processConversation(REQUEST));
  const { agent, clock, first, second, giveRoom } = await takenOverInFullStore();
  await passTime(clock, LEASE_MS + 20_000, 500);
  expect(second.read).toEqual([]);
  expect(second.recovering.length).toBeGreaterThanOrEqual(9);

  await giveRoom();
  const roomMs = clock.now();
  while (second.read.length === 0) await passTime(clock, 50);
  expect(clock.now() - roomMs).toBeLessThanOrEqual(300);
  expect(await passTimeUntil(clock, second.end)).toBeUndefined();
  expect(shown([...first.read, ...second.read])).toEqual(shown(whole));
  const { messages } = await agent.getConversation({ conversationId: "c1" });
  expect(messages.map(({ role }) => role)).toHaveLength(2);
});

test("a turn that finds no room for half a minute fails with STORE_FULL, once for all of its callers", async () => {
  let plans = 0;
  const plan: Planner["plan"] = (input, context) => {
    plans += 1;
    return embeddedPlanner.plan(input, context);
  };
  const { agent, clock, journal, second, giveRoom } = await takenOverInFullStore({ ...embeddedPlanner, plan });
  await passTime(clock, LEASE_MS + 29_000, 500);
  expect(second.read).toEqual([]);
  await passTime(clock, 2_000);

  expect(failureOf(await second.end)).toEqual(FULL);
  expect(second.read.map(({ event, sequence }) => [event.case, sequence])).toEqual([["turnFailed", 7]]);
  await giveRoom();
  const other = startAgent({ journal, clock, dies: true }).agent;
  expect(failureOf(await reading(other.processConversation(REQUEST)).end)).toEqual(FULL);
  expect(plans).toBe(0);
  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({ messages: [{ text: MESSAGE }] });
});

test.for(["this agent", "another agent"])("a turn that waits for room is cancelled at once at %s", async (where) => {
  const { agent, clock, journal, first, second } = await takenOverInFullStore();
  await passTime(clock, LEASE_MS + 1_000);
  const [{ turnId } = { turnId: "" }] = first.read;
  const at = where === "this agent" ? agent : startAgent({ journal, clock, dies: true }).agent;

  expect(await at.cancelTurn({ turnId })).toEqual(expect.objectContaining({ wasRunning: true }));
  await passTime(clock, 50);
  expect(failureOf(await second.end)).toEqual({ code: Code.Canceled, reason: "CANCELLED" });
  await passTime(clock, 1_000);
  expect(second.read.map(({ event }) => event.case)).toEqual(["turnFailed"]);
});

test("a turn that waits for room is cancelled at another agent when the store takes no change of its conversation", async () => {
  const { clock, journal, first, second } = await takenOverInFullStore();
  await passTime(clock, LEASE_MS + 1_000);
  // As Redis does, also of a document that becomes smaller.
  vi.spyOn(journal, "put").mockRejectedValue(new JournalError("full", "no room"));
  const [{ turnId } = { turnId: "" }] = first.read;
  const other = startAgent({ journal, clock, dies: true }).agent;

  expect(await other.cancelTurn({ turnId })).toEqual(expect.objectContaining({ wasRunning: true }));
  expect(failureOf(await passTimeUntil(clock, second.end))).toEqual({ code: Code.Canceled, reason: "CANCELLED" });
});

test("a turn that has ended in a full store is not the active one of its conversation, although its mark stays", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent, clock, journal } = startAgent({ planner });
  const first = reading(agent.processConversation(REQUEST));
  await thinks;
  await passTime(clock, 50);
  const [{ turnId } = { turnId: "" }] = first.read;
  const shown = async (): Promise<unknown> => {
    const { activeTurnId, messages } = await agent.getConversation({ conversationId: "c1" });
    const { conversations } = await agent.listConversations({});
    return { activeTurnId, messages: messages.length, listed: conversations.map((each) => each.activeTurnId) };
  };
  expect(await shown()).toEqual({ activeTurnId: turnId, messages: 1, listed: [turnId] });
  // As Redis does, also of a document that becomes smaller.
  const full = vi.spyOn(journal, "put").mockRejectedValue(new JournalError("full", "no room"));
  const copy = { conversationId: "c1", targetConversationId: "c2" };
  expect(await errorOf(agent.copyConversation(copy))).toMatchObject({ code: Code.FailedPrecondition });

  await agent.cancelTurn({ turnId });
  expect(failureOf(await passTimeUntil(clock, first.end))).toEqual({ code: Code.Canceled, reason: "CANCELLED" });
  expect(await shown()).toEqual({ activeTurnId: "", messages: 1, listed: [""] });
  full.mockRestore();
  expect(await shown()).toEqual({ activeTurnId: "", messages: 1, listed: [""] });
  await agent.copyConversation(copy);
  expect(await agent.getConversation({ conversationId: "c2" })).toMatchObject({ activeTurnId: "", messages: [{}] });
  goOn();
});

test("a conversation that is read while its turn ends has its answer", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent, clock, journal } = startAgent({ planner });
  const first = reading(agent.processConversation(REQUEST));
  await thinks;
  await passTime(clock, 50);
  const { get } = journal;
  const late = vi.spyOn(journal, "get").mockImplementationOnce(async (key) => {
    const before = await get.call(journal, key);
    goOn();
    await passTimeUntil(clock, first.end);
    return before;
  });

  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({
    activeTurnId: "",
    messages: [{ text: MESSAGE }, { text: "Hm. Done." }],
  });
  expect(late).toHaveBeenCalled();
});

test("a turn that waits for room is read also through another agent, which leaves its mark in the full store", async () => {
  const { clock, journal, first } = await lostInFullStore();
  const { append } = journal;
  vi.spyOn(journal, "append").mockImplementation(async (key, records, options) => {
    if (options.mayOverfill !== true) throw new JournalError("full", "not one byte");
    return append.call(journal, key, records, options);
  });
  const life = new Life(journal);
  life.latency = () => delay(clock, 7);
  const two = startAgent({ journal: life.journal, clock, dies: true });
  await passTime(clock, LEASE_MS);
  void two.instance.tick();
  await passTime(clock, 100);
  const third = resumed(startAgent({ journal, clock, dies: true }).agent, first.read);

  expect(failureOf(await passTimeUntil(clock, third.end))).toEqual(FULL);
});

test("a turn that waits for room is told to recover also while the store does not answer", async () => {
  const { clock, second, life } = await takenOverInFullStore();
  await passTime(clock, LEASE_MS + 1_000);
  life.pause();
  const before = second.recovering.length;
  await passTime(clock, 10_000, 500);
  expect(second.recovering.length - before).toBe(5);
});

test("the deadline of a turn ends its wait for room", async () => {
  const { clock, journal, first } = await lostInFullStore(10_000);
  const second = resumed(startAgent({ journal, clock, dies: true }).agent, first.read);

  expect(failureOf(await passTimeUntil(clock, second.end))).toMatchObject({ code: Code.DeadlineExceeded });
  expect(clock.now()).toBeLessThanOrEqual(10_200);
});

test("of two agents that wait for room one continues the turn, when the first one has lost its lease", async () => {
  const whole = await collect(startAgent().agent.processConversation(REQUEST));
  const { instance, clock, journal, first, second, giveRoom } = await takenOverInFullStore();
  await passTime(clock, LEASE_MS + 1_000);
  void instance.handOff();
  const other = startAgent({ journal, clock, dies: true });
  const third = resumed(other.agent, first.read);
  await passTime(clock, 1_000);
  await giveRoom();
  await passTimeUntil(clock, Promise.all([second.end, third.end]));

  expect(shown([...first.read, ...third.read])).toEqual(shown(whole));
  expect(third.read.map(({ sequence }) => sequence)).toEqual(third.read.map((_, at) => first.read.length + at + 1));
});

test("a nearly full store refuses a new turn and stores nothing of it, and each refusal is counted", async () => {
  const refused: string[] = [];
  const journal = new InProcessJournal({ maxBytes: 100_000 });
  const { agent } = startAgent({ journal, onStoreFull: (what) => void refused.push(what) });
  await say(agent, "every day at 9am fetch the orders");
  const before = await agent.getConversation({ conversationId: "c1" });
  await journal.put("most", new Uint8Array(90_000));

  expect(failureOf(await reading(agent.processConversation({ ...REQUEST })).end)).toEqual(FULL);
  expect(failureOf(await reading(agent.processConversation({ ...REQUEST, requestId: "r2" })).end)).toEqual(FULL);
  expect(failureOf(await reading(agent.processConversation({ ...REQUEST, conversationId: "c2" })).end)).toEqual(FULL);
  const copy = { conversationId: "c1", targetConversationId: "c3" };
  expect(failureOf(await agent.copyConversation(copy).catch((thrown: unknown) => thrown))).toEqual(FULL);
  expect(await agent.getConversation({ conversationId: "c1" })).toEqual(before);
  expect((await agent.listConversations({})).conversations.map(({ conversationId }) => conversationId)).toEqual(["c1"]);
  expect(refused).toEqual(["turns", "turns", "turns", "conversations"]);

  await journal.delete("most");
  await say(agent, "https://example.com/orders");
  expect((await agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(4);
});

test("a turn above the quota of its owner stores no message, and no conversation", async () => {
  const journal = new InProcessJournal();
  const { put } = journal;
  vi.spyOn(journal, "put").mockImplementation((key, ...given) => {
    if (key.includes(":turn/")) throw new JournalError("over-quota", "no room");
    return put.call(journal, key, ...given);
  });
  const { agent } = startAgent({ journal });

  const quota = { code: Code.ResourceExhausted, reason: "QUOTA_TURNS" };
  expect(failureOf(await reading(agent.processConversation(REQUEST)).end)).toEqual(quota);
  expect((await agent.listConversations({})).conversations).toEqual([]);
});

test("the message of a refused turn is taken back with the oldest message that made room for it", () => {
  const messages = Array.from({ length: 200 }, (_, at) => ({
    role: "user" as const,
    text: `${at}`,
    atMs: at,
    turnId: `t${at}`,
  }));
  const before = { messages, dropped: 7 };
  const turn = { id: "new", deadlineMs: 9 };
  const begun = beginTurn(before, turn, "hi", 1);
  expect(begun).toMatchObject({ dropped: 8, activeTurn: turn });

  expect(withdrawTurn(begun, "new", before)).toEqual({ ...before, activeTurn: undefined });
  const answered = completeTurn(begun, "new", { text: "hello" }, 2);
  expect(withdrawTurn(answered, "new", answered)).toBe(answered);
  const later = beginTurn(begun, { id: "later", deadlineMs: 9 }, "me too", 3);
  expect(withdrawTurn(later, "new", before)).toBe(later);
});
