/** What runs that wait for a day cost: CPU of the engine and Redis, and memory of both. */

import { RunState } from "@agent-team/contracts";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { HeapInspector } from "../heap-inspector.ts";
import { EngineProcess } from "./engine-process.ts";
import { delaying } from "./measure-timers.ts";
import { redisBytes } from "./redis-memory.ts";

const DAY_MS = 86_400_000;
const KIB = 1_024;
/** Runs that are started at a time. */
const IN_FLIGHT = 8;
const POLL_MS = 100;

export interface Waiting {
  /** Of all of them, above what the engine and Redis use without them; % of a core. */
  readonly cpuPercent: number;
  /** Objects of the engine after a collection of all garbage, and Redis. */
  readonly kibPerRun: number;
}

interface Sizes {
  readonly waiting: number;
  /** How long CPU is counted. */
  readonly idleMs: number;
}

/** With an engine of its own. */
export async function measureWaiting({ waiting, idleMs }: Sizes): Promise<Waiting> {
  await using engine = await EngineProcess.start(["--inspect=127.0.0.1:0"]);
  using heap = await HeapInspector.open(engine.inspectorUrl ?? "");
  const workflowId = await engine.store(delaying(DAY_MS));
  // What the engine needs once, such as compiled code, counts to no run.
  await startWaiting(engine, workflowId, Math.ceil(waiting / 2));
  const cpuBefore = await cpuPercent(engine, idleMs);
  const bytesBefore = await heldBytes(engine, heap);
  await startWaiting(engine, workflowId, waiting);
  const cpuAfter = await cpuPercent(engine, idleMs);
  const bytes = (await heldBytes(engine, heap)) - bytesBefore;
  return { cpuPercent: Math.max(0, cpuAfter - cpuBefore), kibPerRun: bytes / waiting / KIB };
}

/** Starts so many runs, and resolves when each of them waits. */
async function startWaiting(engine: EngineProcess, workflowId: string, count: number): Promise<void> {
  let begun = 0;
  const one = async (): Promise<void> => {
    while (begun++ < count) await startOne(engine, workflowId);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
}

async function startOne({ client }: EngineProcess, workflowId: string): Promise<void> {
  const runId = (await client.startRun({ workflowId })).run?.id ?? "";
  while ((await client.getRun({ runId })).run?.state !== RunState.WAITING) await delay(systemClock, POLL_MS);
}

async function cpuPercent(engine: EngineProcess, ms: number): Promise<number> {
  const beforeMs = engine.cpuMs();
  const startedMs = performance.now();
  await delay(systemClock, ms);
  return (100 * (engine.cpuMs() - beforeMs)) / (performance.now() - startedMs);
}

async function heldBytes(engine: EngineProcess, heap: HeapInspector): Promise<number> {
  return (await heap.heldBytes()) + (await redisBytes(engine.redisPort));
}
