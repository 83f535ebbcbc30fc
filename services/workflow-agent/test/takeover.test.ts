// Two agents share a store. One of them dies, stops or is late in the middle of an answer, and the other one continues it.

import { ErrorInfoSchema, type ProcessConversationResponse } from "@agent-team/contracts";
import { delay } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import type { Planner, PlannerEvent } from "../src/planner.ts";
import { LEASE_MS } from "../src/turn/turn-queue.ts";
import {
  collect,
  type Engine,
  type Fixture,
  passTime,
  passTimeUntil,
  startAgent,
  textOf,
  thinkingPlanner,
} from "./fixture.ts";
import { Life, MESSAGE, REQUEST, type Reading, reading, resumed, shown } from "./two-agents.ts";

/** A warning gives the step of the draft three events. */
const ENGINE: Engine = {
  validateWorkflow: () => ({ issues: [{ code: "NOT_RUNNABLE_YET", message: "Not called yet.", path: "/nodes/0" }] }),
};

async function undisturbed(planner: Planner): Promise<ProcessConversationResponse[]> {
  return collect(startAgent({ planner, engine: ENGINE }).agent.processConversation(REQUEST));
}

test("an agent that dies after any append is continued to the byte, within its lease and 200 ms", async () => {
  const whole = await undisturbed(embeddedPlanner);
  // Its pace makes an append of each piece. The first append of all takes the turn, with its first two events.
  for (let appends = 0; appends < whole.length - 1; appends += 1) {
    const clock = new FakeClock();
    const store = new InProcessJournal({ clock });
    const life = new Life(store);
    life.left = appends;
    const first = startAgent({ journal: life.journal, clock, paceMs: 10, dies: true, engine: ENGINE });
    const { read } = reading(first.agent.processConversation(REQUEST));
    while (life.left > 0) await passTime(clock, 10);
    await passTime(clock, 10);

    const diedMs = clock.now();
    const second = startAgent({ journal: store, clock, dies: true, engine: ENGINE });
    const other = resumed(second.agent, read);
    await passTimeUntil(clock, other.end);

    expect(shown([...read, ...other.read]), `killed after ${appends} appends`).toEqual(shown(whole));
    expect(clock.now() - diedMs, `killed after ${appends} appends`).toBeLessThanOrEqual(LEASE_MS + 200);
    const { messages } = await second.agent.getConversation({ conversationId: "c1" });
    expect(messages.map(({ text }) => text)).toEqual([MESSAGE, textOf(whole)]);
  }
});

test("the first event comes after six answers of the store: the turn is taken and begun by one append", async () => {
  const clock = new FakeClock();
  const life = new Life(new InProcessJournal({ clock }));
  life.latency = () => delay(clock, 10);
  const { agent } = startAgent({ journal: life.journal, clock });
  const { read, end } = reading(agent.processConversation(REQUEST));

  while (read.length === 0) await passTime(clock, 10);
  expect(clock.now()).toBe(60);
  expect(read[0]).toMatchObject({ sequence: 1, event: { case: "turnStarted" } });
  await passTimeUntil(clock, end);
});

test("an agent that stops works on its turn until another one has taken it, and its callers are then told to ask there", async () => {
  const whole = await undisturbed(embeddedPlanner);
  const one = startAgent({ paceMs: 10, engine: ENGINE });
  const { clock, journal } = one;
  const first = reading(one.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  const stopped = one.instance.handOff();
  await passTime(clock, 30);
  expect(first.read.length).toBeGreaterThan(6);
  const two = startAgent({ journal, clock, paceMs: 10, engine: ENGINE });
  await two.instance.tick();
  const takenMs = clock.now();
  const error = ConnectError.from(await passTimeUntil(clock, first.end));
  const second = resumed(two.agent, first.read);
  while (second.read.length === 0) await passTime(clock, 10);
  expect(clock.now() - takenMs).toBeLessThanOrEqual(100);
  await passTimeUntil(clock, second.end);
  await stopped;

  expect(error.code).toBe(Code.Unavailable);
  expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe("HANDED_OFF");
  expect(shown([...first.read, ...second.read])).toEqual(shown(whole));
  expect(second.read.at(-1)?.fence).toMatch(/^2-/);
});

test("the text of a turn that is handed off pauses no longer than its pace and 20 ms, at whatever moment its agent stops", async () => {
  const paceMs = 40;
  for (let laterMs = 0; laterMs < paceMs; laterMs += 5) {
    const clock = new FakeClock();
    const life = new Life(new InProcessJournal({ clock }));
    life.latency = () => delay(clock, 1);
    const agents = [1, 2].map(() => startAgent({ journal: life.journal, clock, paceMs, engine: ENGINE, dies: true }));
    const [one, two] = agents as [Fixture, Fixture];
    const timesMs: number[] = [];
    const read: ProcessConversationResponse[] = [];
    const follow = async (responses: AsyncIterable<ProcessConversationResponse>): Promise<void> => {
      for await (const response of responses) {
        read.push(response);
        timesMs.push(clock.now());
      }
    };
    const all = follow(one.agent.processConversation(REQUEST)).catch(() => {
      const { turnId = "", sequence = 0, fence = "" } = read.at(-1) ?? {};
      return follow(two.agent.processConversation({ turnId, resumeAfterSequence: sequence, resumeFence: fence }));
    });
    while (read.length < 6) await passTime(clock, 1, 1);
    await passTime(clock, laterMs, 1);
    void one.instance.handOff();
    await passTime(clock, 60, 1);
    void two.instance.tick();
    for (let isOver = false; !isOver; await passTime(clock, 1, 1)) isOver = read.at(-1)?.event.case === "turnCompleted";
    await all;

    const pauses = timesMs.map((timeMs, at) => timeMs - (timesMs[at - 1] ?? timeMs));
    expect(Math.max(...pauses), `stopped ${laterMs} ms after an event`).toBeLessThanOrEqual(paceMs + 20);
    expect(read.at(-1)?.fence).toMatch(/^2-/);
  }
});

test("the last of all agents finishes its turns before it stops, and those that begin meanwhile", async () => {
  const whole = await undisturbed(embeddedPlanner);
  const { agent, instance, clock } = startAgent({ paceMs: 10, engine: ENGINE });
  const first = reading(agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  const stopped = instance.handOff();
  const second = reading(agent.processConversation({ ...REQUEST, conversationId: "c2", requestId: "r2" }));
  await passTimeUntil(clock, stopped);

  expect([await first.end, await second.end]).toEqual([undefined, undefined]);
  expect(shown(first.read)).toEqual(shown(whole));
  expect(second.read.at(-1)?.event.case).toBe("turnCompleted");
});

test("a turn that begins on an agent that stops is taken by another one", async () => {
  const one = startAgent({ paceMs: 10, engine: ENGINE });
  const { clock, journal } = one;
  void one.instance.handOff();
  const first = reading(one.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  const two = startAgent({ journal, clock, engine: ENGINE });
  await two.instance.tick();
  await passTimeUntil(clock, first.end);
  const second = resumed(two.agent, first.read);
  await passTimeUntil(clock, second.end);

  // The first reader may have got the end through the agent that stops.
  const last = [...first.read, ...second.read].at(-1);
  expect(last).toMatchObject({ event: { case: "turnCompleted" }, fence: expect.stringMatching(/^2-/) });
});

test("a caller that reads through another agent gets the end also when a later caller makes that agent read it first", async () => {
  const whole = await undisturbed(embeddedPlanner);
  const one = startAgent({ paceMs: 10, engine: ENGINE });
  const { clock, journal } = one;
  const first = reading(one.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  const two = startAgent({ journal, clock, engine: ENGINE });
  const follower = reading(two.agent.processConversation(REQUEST));
  while (first.read.at(-1)?.event.case !== "turnCompleted") {
    await passTime(clock, 10);
    reading(two.agent.processConversation(REQUEST));
  }
  await passTimeUntil(clock, follower.end);

  expect(shown(follower.read)).toEqual(shown(whole));
});

test("an agent that was paused for its lease adds no event, and its caller goes on with those of the other one", async () => {
  const whole = await undisturbed(embeddedPlanner);
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const life = new Life(store);
  const one = startAgent({ journal: life.journal, clock, paceMs: 10, engine: ENGINE });
  const first = reading(one.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  life.pause();
  const two = startAgent({ journal: store, clock, engine: ENGINE });
  const second = resumed(two.agent, first.read);
  const seen = first.read.length;
  await passTimeUntil(clock, second.end);
  life.goOn();
  await passTimeUntil(clock, first.end);

  expect(shown([...first.read.slice(0, seen), ...second.read])).toEqual(shown(whole));
  expect(shown(first.read)).toEqual(shown(whole));
  expect(first.read.at(-1)?.fence).toMatch(/^2-/);
});

test("an agent keeps its turns while its store is slow, at whatever moment it reads their logs", async () => {
  const whole = await undisturbed(embeddedPlanner);
  const clock = new FakeClock();
  const life = new Life(new InProcessJournal({ clock }));
  life.latency = () => delay(clock, 40);
  const { agent } = startAgent({ journal: life.journal, clock, engine: ENGINE });
  const readings: Reading[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    readings.push(reading(agent.processConversation({ ...REQUEST, conversationId: `c${turn}` })));
    await passTime(clock, 10, 10);
  }
  await passTime(clock, LEASE_MS - 100, 10);

  for (const { read } of readings)
    expect(read.map(({ event }) => event.case)).toEqual(whole.map(({ event }) => event.case));
});

test("a planner that cannot repeat its events begins again: its text is withdrawn, and comes once", async () => {
  const texts = ["One ", "two ", "three."];
  let plans = 0;
  async function* plan(): AsyncGenerator<PlannerEvent> {
    plans += 1;
    for (const text of texts) yield { kind: "text", text: `${text}${plans}` };
  }
  const planner: Planner = { name: "model/1", continuation: "restart", plan };
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const life = new Life(store);
  const one = startAgent({ journal: life.journal, clock, planner, paceMs: 10, dies: true });
  const first = reading(one.agent.processConversation(REQUEST));
  while (textOf(first.read) !== "One 1two 1") await passTime(clock, 10);
  life.left = 0;
  const two = startAgent({ journal: store, clock, planner, dies: true });
  const second = resumed(two.agent, first.read);
  await passTimeUntil(clock, second.end);

  expect(second.read[0]?.event).toMatchObject({ case: "outputTruncated", value: { reason: "STEP_RESTARTED" } });
  const all = [...first.read, ...second.read];
  const keep = second.read[0]?.event.value as { readonly keepThroughSequence: number };
  const withdrawn = first.read.filter(({ sequence }) => sequence <= keep.keepThroughSequence);
  expect(textOf([...withdrawn, ...second.read])).toBe("One 2two 2three.2");
  expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, at) => at + 1));
  const { messages } = await two.agent.getConversation({ conversationId: "c1" });
  expect(messages.at(-1)?.text).toBe("One 2two 2three.2");
});

test("the deadline of a turn is that of its first agent", async () => {
  const { planner, thinks } = thinkingPlanner();
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const life = new Life(store);
  const one = startAgent({ journal: life.journal, clock, planner, turnTimeoutMs: 10_000, dies: true });
  const first = reading(one.agent.processConversation(REQUEST));
  await thinks;
  life.left = 0;
  const two = startAgent({ journal: store, clock, planner, dies: true });
  const error = ConnectError.from(await passTimeUntil(clock, resumed(two.agent, first.read).end));

  expect(error.code).toBe(Code.DeadlineExceeded);
  expect(clock.now()).toBeGreaterThanOrEqual(10_000);
  expect(clock.now()).toBeLessThanOrEqual(10_200);
});

test("of the turns of a dead agent those are continued at once that the store answers for", async () => {
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const life = new Life(store);
  const one = startAgent({ journal: life.journal, clock, paceMs: 10, dies: true });
  const ids = ["c1", "c2", "c3"];
  const readings = ids.map((conversationId) => reading(one.agent.processConversation({ ...REQUEST, conversationId })));
  while (readings.some(({ read }) => read.length < 6)) await passTime(clock, 10);
  life.left = 0;
  await passTime(clock, LEASE_MS);
  const { get } = store;
  const [{ turnId } = { turnId: "" }] = readings[0]?.read ?? [];
  const failing = vi.spyOn(store, "get").mockImplementation(async (key) => {
    if (key.startsWith(`at:{${turnId.split(".")[0]}}:turn/`)) throw new JournalError("unavailable", "no answer");
    return get.call(store, key);
  });
  const two = startAgent({ journal: store, clock, dies: true });

  await expect(two.instance.tick()).rejects.toThrow(/no answer/);
  await passTime(clock, 100);
  const { conversations } = await two.agent.listConversations({});
  const active = conversations.map(({ conversationId, activeTurnId }) => [conversationId, activeTurnId]);
  expect(Object.fromEntries(active)).toEqual({ c1: turnId, c2: "", c3: "" });
  failing.mockRestore();
  const states = await Promise.all(ids.map((conversationId) => two.agent.getConversation({ conversationId })));
  expect(states.map(({ messages }) => messages.length)).toEqual([1, 2, 2]);
});

test("a turn without callers is taken over by an agent's tick, and answered", async () => {
  const whole = await undisturbed(embeddedPlanner);
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const life = new Life(store);
  life.left = 5;
  const one = startAgent({ journal: life.journal, clock, paceMs: 10, engine: ENGINE, dies: true });
  reading(one.agent.processConversation(REQUEST));
  while (life.left > 0) await passTime(clock, 10);
  const two = startAgent({ journal: store, clock, engine: ENGINE, dies: true });
  await passTime(clock, LEASE_MS);
  await two.instance.tick();
  await passTime(clock, 100);

  const { messages, activeTurnId } = await two.agent.getConversation({ conversationId: "c1" });
  expect(activeTurnId).toBe("");
  expect(messages.map(({ text }) => text)).toEqual([MESSAGE, textOf(whole)]);
});
