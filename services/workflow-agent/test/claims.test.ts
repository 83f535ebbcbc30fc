// What an agent claims of the queue of due turns: one of them that cannot be read, and a claim that an agent makes while it is stopped.

import { delay } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, type Journal } from "@agent-team/journal";
import { expect, test } from "vitest";
import { LEASE_MS } from "../src/turn/turn-queue.ts";
import { passTime, passTimeUntil, startAgent } from "./fixture.ts";
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
  const defects: unknown[] = [];
  const { agent } = startAgent({ journal, clock, onDefect: (error) => void defects.push(error), dies: true });

  const second = resumed(agent, first.read);
  expect(await passTimeUntil(clock, second.end)).toBeUndefined();
  expect(second.read.at(-1)?.event.case).toBe("turnCompleted");
  expect(defects).toHaveLength(1);
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
