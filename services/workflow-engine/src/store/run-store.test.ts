import { InProcessJournal, type Journal, JournalError, UnreadableDocuments } from "@agent-team/journal";
import { expect, test } from "vitest";
import { DEFAULT_OWNER_LIMITS } from "../owner-limits.ts";
import type { RunEvent } from "../run-event.ts";
import type { RunLog } from "../run-log.ts";
import { RunStore } from "./run-store.ts";
import { isTombstone } from "./tombstone.ts";

const started: RunEvent = { type: "run_started", timeMs: 0, input: null };
const record = {
  id: "r",
  owner: "o",
  workflowId: "w",
  workflowVersion: 1,
  spec: {},
  startedHash: "h",
  events: [started],
};

const event = (nodeId: string): RunEvent => ({ type: "node_started", timeMs: 1, nodeId });

function storeOn(journal: Journal): RunStore {
  return new RunStore(journal, DEFAULT_OWNER_LIMITS, new UnreadableDocuments(() => {}));
}

async function open(store: RunStore, id: string): Promise<RunLog | undefined> {
  const found = await store.find(id);
  return isTombstone(found) ? undefined : found;
}

/** Two logs that are open on the same run. */
async function twoLogs(journal: Journal = new InProcessJournal()): Promise<readonly [RunLog, RunLog]> {
  const store = storeOn(journal);
  const created = await store.create(record);
  const opened = await open(store, "r");
  if (created === undefined || opened === undefined) throw new Error("the run was not stored");
  return [created, opened];
}

test("a run is stored once, and found by its id", async () => {
  const store = storeOn(new InProcessJournal());

  expect((await store.create(record))?.events).toEqual([started]);
  expect(await store.create(record)).toBeUndefined();
  expect((await open(store, "r"))?.header.workflowId).toBe("w");
  expect(await open(store, "other")).toBeUndefined();
});

test("an append decides on all events before its own, also on those that another log has appended meanwhile", async () => {
  const [one, other] = await twoLogs();
  const seen: number[] = [];

  await other.append(() => [event("theirs")]);
  await one.append((events) => {
    seen.push(events.length);
    return [event(`after_${events.length}`)];
  });

  expect(seen).toEqual([1, 2]);
  expect(one.events).toEqual([started, event("theirs"), event("after_2")]);
});

test("an append whose answer was lost is repeated without writing it twice", async () => {
  class ForgetfulJournal extends InProcessJournal {
    forgets = false;
    override async append(...args: Parameters<InProcessJournal["append"]>): Promise<number> {
      const version = await super.append(...args);
      if (this.forgets) throw new JournalError("unavailable", "the answer was lost");
      return version;
    }
  }
  const journal = new ForgetfulJournal();
  const [log, other] = await twoLogs(journal);

  journal.forgets = true;
  await expect(log.append(() => [event("a")])).rejects.toThrow("unavailable");
  journal.forgets = false;
  await log.append(() => [event("a")]);

  await other.refresh();
  expect(other.events).toEqual([started, event("a")]);
});

test("an append to a run that has ended adds nothing", async () => {
  const [one, other] = await twoLogs();
  await one.append(() => [{ type: "run_ended", timeMs: 2, state: "succeeded", output: null }]);

  await other.append(() => [event("late")]);

  expect(other.events).toHaveLength(2);
  expect(other.hasEnded).toBe(true);
});
