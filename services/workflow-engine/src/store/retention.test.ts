import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, UnreadableDocuments } from "@agent-team/journal";
import { expect, test } from "vitest";
import { DEFAULT_OWNER_LIMITS } from "../owner-limits.ts";
import { byDay, DAY_MS } from "./by-day.ts";
import { Retention } from "./retention.ts";
import { RunStore } from "./run-store.ts";

test.for(["{", "7", "null", "{}", '{"deleted":{}}', '{"events":[]}', '{"events":[{"type":"run_ended"}]}'])(
  "a sweep skips the unreadable document %s, reports it once, and removes the expired ones after it",
  async (text) => {
    const clock = new FakeClock();
    const journal = new InProcessJournal();
    const reported: string[] = [];
    const unreadable = new UnreadableDocuments((key) => reported.push(key));
    const runs = new RunStore(journal, DEFAULT_OWNER_LIMITS, unreadable);
    const retention = new Retention({ journal, clock, runRetentionMs: DAY_MS, unreadable });
    const create = (id: string): Promise<unknown> => {
      const events = [{ type: "run_started", timeMs: clock.wallNow(), input: null }] as const;
      return runs.create({ id, owner: "o", workflowId: "w", workflowVersion: 1, spec: {}, startedHash: "h", events });
    };
    await create("before");
    await journal.put("run/broken", Buffer.from(text), { indexes: [byDay(clock.wallNow())] });
    await create("after");
    clock.advance(40 * DAY_MS);

    expect(await retention.sweep()).toBe(2);
    expect(await retention.sweep()).toBe(0);
    expect(reported).toEqual(["run/broken"]);
    expect(await journal.get("run/broken")).toBeDefined();
  },
);
