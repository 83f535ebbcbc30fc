import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, JournalError, UnreadableDocuments } from "@agent-team/journal";
import { expect, test, vi } from "vitest";
import { DEFAULT_OWNER_LIMITS } from "../owner-limits.ts";
import { DEFAULT_LEASE_MS } from "../run-queue.ts";
import { JournalRunLog } from "./journal-run-log.ts";
import { JournalRunQueue } from "./journal-run-queue.ts";
import { RunStore } from "./run-store.ts";
import { isTombstone } from "./tombstone.ts";

/** Two engines' queues on one journal that has the run `r`. */
async function twoQueues() {
  const clock = new FakeClock();
  const journal = new InProcessJournal({ clock });
  const unreadable = new UnreadableDocuments(() => {});
  const queue = (): JournalRunQueue => new JournalRunQueue(journal, unreadable, DEFAULT_LEASE_MS);
  const run = { id: "r", owner: "o", workflowId: "w", workflowVersion: 1, spec: {}, startedHash: "h" };
  const events = [{ type: "run_started", timeMs: 0, input: null }] as const;
  await new RunStore(journal, DEFAULT_OWNER_LIMITS, unreadable).create({ ...run, events });
  return { clock, journal, one: queue(), two: queue() };
}

test("a deferred run that a sweep has put into the other queue, too, is taken from one of them alone", async () => {
  const { one, two, clock, journal } = await twoQueues();
  await one.defer("r");
  await two.putMissing(["r"]);
  clock.advance(DEFAULT_LEASE_MS);

  expect(await two.takeDue()).toHaveLength(1);
  expect([await one.takeDue(), await one.takeDeferred(10)]).toEqual([[], []]);
  expect(await journal.claimDue("runs-deferred", { limit: 10, leaseMs: 0 })).toEqual([]);
});

test("a deferred run that was driven meanwhile stays with its engine", async () => {
  const { one, two, clock, journal } = await twoQueues();
  await one.defer("r");
  await one.renew(["r"]);
  const log = await JournalRunLog.open(journal, "r");
  if (log === undefined || isTombstone(log)) throw new Error("expected the run");
  await log.append(() => [{ type: "run_taken", timeMs: 0, driver: "d" }]);

  expect([await two.takeDeferred(10), await two.takeDeferred(10), await two.takeDue()]).toEqual([[], [], []]);
  clock.advance(DEFAULT_LEASE_MS);
  expect(await two.takeDue()).toHaveLength(1);
});

test("a deferred run that an engine has taken and renews is no other engine's", async () => {
  const { one, two, clock } = await twoQueues();
  await one.defer("r");

  expect((await one.takeDeferred(10)).map(({ header }) => header.id)).toEqual(["r"]);
  for (let renewal = 0; renewal < 12; renewal++) {
    clock.advance(DEFAULT_LEASE_MS / 4);
    await one.renew(["r"]);
    expect([await two.takeDue(), await two.takeDeferred(10)]).toEqual([[], []]);
  }
  clock.advance(DEFAULT_LEASE_MS);
  expect(await two.takeDue()).toHaveLength(1);
});

test("a run that the store does not answer for keeps no other run waiting for another lease", async () => {
  const { one, journal } = await twoQueues();
  await one.wakeIn("unanswered", 0);
  await one.wakeIn("r", 0);
  const { get } = journal;
  vi.spyOn(journal, "get").mockImplementation(async (key) => {
    if (key.includes("unanswered")) throw new JournalError("unavailable", "no answer");
    return get.call(journal, key);
  });

  expect((await one.takeDue()).map(({ header }) => header.id)).toEqual(["r"]);
  await one.wakeIn("unanswered", 0);
  await expect(one.takeDue()).rejects.toThrow(/no answer/);
});
