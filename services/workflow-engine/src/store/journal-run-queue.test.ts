import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { expect, test } from "vitest";
import { DEFAULT_OWNER_LIMITS } from "../owner-limits.ts";
import { DEFAULT_LEASE_MS } from "../run-queue.ts";
import { JournalRunQueue } from "./journal-run-queue.ts";
import { RunStore } from "./run-store.ts";
import { UnreadableDocuments } from "./unreadable.ts";

test("a deferred run that an engine has taken and renews is no other engine's", async () => {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const unreadable = new UnreadableDocuments(() => {});
  const [one, two] = [1, 2].map(() => new JournalRunQueue(journal, unreadable, DEFAULT_LEASE_MS));
  const run = { id: "r", owner: "o", workflowId: "w", workflowVersion: 1, spec: {}, startedHash: "h" };
  const events = [{ type: "run_started", timeMs: 0, input: null }] as const;
  await new RunStore(journal, DEFAULT_OWNER_LIMITS, unreadable).create({ ...run, events });
  await one?.defer("r");

  expect((await one?.takeDeferred(10))?.map(({ header }) => header.id)).toEqual(["r"]);
  for (let renewal = 0; renewal < 12; renewal++) {
    clock.advance(DEFAULT_LEASE_MS / 4);
    await one?.renew(["r"]);
    expect([await two?.takeDue(), await two?.takeDeferred(10)]).toEqual([[], []]);
  }
  clock.advance(DEFAULT_LEASE_MS);
  expect(await two?.takeDue()).toHaveLength(1);
});
