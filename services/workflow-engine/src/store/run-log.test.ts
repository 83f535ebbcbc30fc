import { InProcessJournal, type Journal, JournalError } from "@agent-team/journal";
import { expect, test } from "vitest";
import type { RunEvent } from "../run/events.ts";
import { defaultOwnerLimits } from "./owner-limits.ts";
import { RunLog } from "./run-log.ts";
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

async function open(journal: Journal, id: string): Promise<RunLog | undefined> {
  const found = await RunLog.find(journal, id);
  return isTombstone(found) ? undefined : found;
}

async function twoLogs(journal = new InProcessJournal()): Promise<readonly [RunLog, RunLog]> {
  const created = await RunLog.create(journal, record, defaultOwnerLimits);
  const opened = await open(journal, "r");
  if (created === undefined || opened === undefined) throw new Error("the run was not recorded");
  return [created, opened];
}

test("a run is recorded once, and opened by its id", async () => {
  const journal = new InProcessJournal();

  expect((await RunLog.create(journal, record, defaultOwnerLimits))?.events).toEqual([started]);
  expect(await RunLog.create(journal, record, defaultOwnerLimits)).toBeUndefined();
  expect((await open(journal, "r"))?.header.workflowId).toBe("w");
  expect(await open(journal, "other")).toBeUndefined();
});

test("what is appended was decided on everything before it, also on what somebody else wrote meanwhile", async () => {
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

test("an append whose answer was lost is not written twice", async () => {
  class ForgetfulJournal extends InProcessJournal {
    forgets = false;
    override async put(...args: Parameters<InProcessJournal["put"]>): Promise<number> {
      const version = await super.put(...args);
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

test("nothing follows the end", async () => {
  const [one, other] = await twoLogs();
  await one.append(() => [{ type: "run_ended", timeMs: 2, state: "succeeded", output: null }]);

  await other.append(() => [event("late")]);

  expect(other.events).toHaveLength(2);
  expect(other.hasEnded).toBe(true);
});
