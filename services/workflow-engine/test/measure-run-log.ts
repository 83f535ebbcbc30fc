/**
 * `npm run example -- services/workflow-engine/test/measure-run-log.ts`: how long one event of a run takes to record, by the number of
 * events before it, in-process and in Redis. It is not a test and asserts nothing.
 */
import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createJournal, type Journal, UnreadableDocuments } from "@agent-team/journal";
import { RedisServer } from "@agent-team/test-support/redis-server";
import { DEFAULT_OWNER_LIMITS } from "../src/owner-limits.ts";
import type { RunEvent } from "../src/run-event.ts";
import { RunStore } from "../src/store/run-store.ts";

/** Median in ms of the 9 appends that begin at each of the lengths. */
const LENGTHS = [10, 100, 1000, 10_000];
const RUNS = 20;

const output = { status: 200, body: "x".repeat(1000) };

function eventAt(at: number): RunEvent {
  return { type: "node_succeeded", timeMs: at, nodeId: `n${at}`, input: null, outputKey: "result", output };
}

async function measure(name: string, journal: Journal): Promise<void> {
  const store = new RunStore(journal, DEFAULT_OWNER_LIMITS, new UnreadableDocuments(() => {}));
  const tookMs = new Map<number, number[]>(LENGTHS.map((length) => [length, []]));
  for (let run = 0; run < RUNS; run++) {
    const header = { id: `r${run}`, owner: `o${run}`, workflowId: "w", workflowVersion: 1, spec: {}, startedHash: "h" };
    const log = await store.create({ ...header, events: [{ type: "run_started", timeMs: 0, input: null }] });
    for (let at = 1; at <= Math.max(...LENGTHS) + 8; at++) {
      const startedMs = performance.now();
      await log?.append(() => [eventAt(at)]);
      const length = LENGTHS.find((each) => at >= each && at < each + 9);
      if (length !== undefined) tookMs.get(length)?.push(performance.now() - startedMs);
    }
  }
  for (const [length, all] of tookMs) {
    all.sort((a, b) => a - b);
    console.log(
      `${name.padEnd(12)}${String(length).padStart(6)} events before: ${all[all.length >> 1]?.toFixed(4)} ms`,
    );
  }
  await journal.close();
}

console.log(`Node ${process.version}, ${RUNS} runs, events of 1 KiB`);
await using server = await RedisServer.start();
await measure("in-process", await createJournal({ clock: systemClock, random: systemRandom }));
await measure("redis", await createJournal({ redisUrl: server.url, clock: systemClock, random: systemRandom }));
