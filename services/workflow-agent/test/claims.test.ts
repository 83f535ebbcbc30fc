// What an agent claims of the queue of due turns: one of them that cannot be read, and a claim that an agent makes while it is stopped.

import { delay } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, type Journal } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
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
import { Life, REQUEST, type Reading, reading, resumed } from "./two-agents.ts";

/** A turn of an agent that has died in the middle of its answer, and that is due. */
async function dueTurn(): Promise<{ readonly clock: FakeClock; readonly journal: Journal; readonly first: Reading }> {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const life = new Life(journal);
  const dead = startAgent({ journal: life.journal, clock, paceMs: 10, dies: true });
  const first = reading(dead.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  life.left = 0;
  await passTime(clock, LEASE_MS + 50);
  return { clock, journal, first };
}

test("a caller of a turn is not refused because another turn that is due cannot be read", async () => {
  const { clock, journal, first } = await dueTurn();
  const [tag] = (first.read[0]?.turnId ?? "").split(".");
  const other = `${tag}.${"a".repeat(26)}`;
  await journal.put(`at:{${tag}}:turn/${"a".repeat(26)}`, Uint8Array.of(255, 255, 255));
  await journal.schedule("turns", [other], 0);
  const { agent, reports } = startReportingAgent(journal, clock);

  const second = resumed(agent, first.read);
  expect(await passTimeUntil(clock, second.end)).toBeUndefined();
  expect(second.read.at(-1)?.event.case).toBe("turnCompleted");
  expect(reports).toEqual([`turn at:{${tag}}:turn/${"a".repeat(26)}`]);
});

/** An agent, and what it reports for its operator. */
function startReportingAgent(
  journal: Journal,
  clock: FakeClock,
  given: { readonly planner?: Planner } = {},
): Fixture & { readonly reports: readonly string[] } {
  const reports: string[] = [];
  const onUnreadable = (key: string, what: string): void => void reports.push(`${what} ${key}`);
  const onDefect = (error: unknown): void => void reports.push(`defect ${String(error)}`);
  return { ...startAgent({ ...given, journal, clock, onUnreadable, onDefect, dies: true }), reports };
}

const keyOf = (turnId: string): string => {
  const [tag, name] = turnId.split(".");
  return `at:{${tag}}:turn/${name}`;
};

/** The header of a turn, or a record of its log, is no protobuf message. */
const SPOIL: Readonly<Record<string, (journal: Journal, key: string, expectedVersion: number) => Promise<unknown>>> = {
  header: (journal, key, expectedVersion) => journal.put(key, Uint8Array.of(255, 255, 255), { expectedVersion }),
  record: (journal, key, expectedVersion) => journal.append(key, [Uint8Array.of(255, 255, 255)], { expectedVersion }),
};

async function spoil(journal: Journal, turnId: string, part: string): Promise<void> {
  const key = keyOf(turnId);
  await SPOIL[part]?.(journal, key, (await journal.get(key))?.version ?? 0);
}

test.for(["header", "record"])(
  "a due turn with an unreadable %s is reported once and set aside, and its conversation goes on without it",
  async (part) => {
    const clock = new FakeClock();
    const journal = new InProcessJournal({ clock });
    const life = new Life(journal);
    const dead = startAgent({ journal: life.journal, clock, paceMs: 10, dies: true });
    const ids = ["c1", "c2"];
    const readings = ids.map((conversationId) =>
      reading(dead.agent.processConversation({ ...REQUEST, conversationId })),
    );
    while (readings.some(({ read }) => read.length < 6)) await passTime(clock, 10);
    life.left = 0;
    const [{ turnId } = { turnId: "" }] = readings[0]?.read ?? [];
    await spoil(journal, turnId, part);

    const { agent, instance, reports } = startReportingAgent(journal, clock);
    for (let lease = 0; lease < 3; lease += 1) {
      await passTime(clock, LEASE_MS + 50);
      await instance.tick();
    }
    await passTime(clock, 100);
    expect(reports).toEqual([`turn ${keyOf(turnId)}`]);
    const states = await Promise.all(ids.map((conversationId) => agent.getConversation({ conversationId })));
    expect(states.map(({ messages, activeTurnId }) => [messages.length, activeTurnId])).toEqual([
      [1, ""],
      [2, ""],
    ]);

    const repeated = await errorOf(collect(agent.processConversation(REQUEST)));
    expect([repeated.code, repeated.rawMessage]).toEqual([
      Code.DataLoss,
      "the stored turn cannot be read, and does not go on",
    ]);
    expect((await errorOf(collect(agent.processConversation({ turnId })))).code).toBe(Code.NotFound);
    expect((await errorOf(agent.cancelTurn({ turnId }))).code).toBe(Code.NotFound);
    await say(agent, "fetch https://example.com/orders");
    expect((await agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(3);
    await agent.deleteConversation({ conversationId: "c1" });
    expect(await journal.get(keyOf(turnId))).toBeUndefined();
    expect(reports).toHaveLength(1);
  },
);

test("a conversation is deleted although its turn cannot be read, and with it the turn", async () => {
  const { clock, journal, first } = await dueTurn();
  const [{ turnId } = { turnId: "" }] = first.read;
  await spoil(journal, turnId, "record");
  const { agent } = startReportingAgent(journal, clock);

  await agent.deleteConversation({ conversationId: "c1" });
  expect(await journal.get(keyOf(turnId))).toBeUndefined();
});

test("the callers of a turn end when it cannot be read any more, at the agent that works on it and at others", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const { planner, thinks, goOn } = thinkingPlanner();
  const one = startReportingAgent(journal, clock, { planner });
  const first = reading(one.agent.processConversation(REQUEST));
  await thinks;
  await passTime(clock, 100);
  const other = startReportingAgent(journal, clock);
  const second = resumed(other.agent, first.read);
  await passTime(clock, 100);
  await spoil(journal, first.read[0]?.turnId ?? "", "record");

  for (const { read, end } of [first, second]) {
    expect(ConnectError.from(await passTimeUntil(clock, end)).code).toBe(Code.DataLoss);
    expect(read.at(-1)?.event).toMatchObject({ case: "turnFailed", value: { reason: "TURN_UNREADABLE" } });
  }
  await passTime(clock, 1_000);
  goOn();
  await passTime(clock, 1_000);
  const key = keyOf(first.read[0]?.turnId ?? "");
  expect([one.reports, other.reports]).toEqual([[`turn ${key}`], [`turn ${key}`]]);
  expect(await journal.get(key)).toBeDefined(); // it is set aside, and not removed
});

test("an agent that is stopped between the claim of a turn and its first event leaves it to other agents at once", async () => {
  for (let laterMs = 5; laterMs < 70; laterMs += 10) {
    const { clock, journal, first } = await dueTurn();
    const life = new Life(journal);
    life.latency = () => delay(clock, 10);
    const stopped = startAgent({ journal: life.journal, clock, paceMs: 1_000, dies: true });
    void stopped.instance.tick();
    await passTime(clock, laterMs, 1);
    const stoppedMs = clock.now();
    void stopped.instance.handOff().then(() => (life.left = 0)); // its process ends
    const { agent } = startAgent({ journal, clock, dies: true });
    const second = resumed(agent, first.read);
    while (second.read.length === 0) await passTime(clock, 10);

    expect(clock.now() - stoppedMs, `stopped after ${laterMs} ms`).toBeLessThanOrEqual(100);
  }
});
