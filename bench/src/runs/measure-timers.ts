/** How late DELAY nodes go on. */

import { NodeState } from "@agent-team/contracts";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { specOf } from "./chain.ts";
import type { EngineProcess } from "./engine-process.ts";

/** Less than the lease of 3 s: the engine that drives the run keeps the timer. */
const SHORT_MS = 1_000;
/** More than the lease: no engine drives the run meanwhile, and it is found by the queue. */
const PARKED_MS = 4_000;
/** The starts are spread over the engine's interval of 1 s. */
const BETWEEN_STARTS_MS = 90;
const POLL_MS = 200;

export interface Timers {
  readonly shortLateMs: number;
  readonly parkedLateMs: number;
}

export async function measureTimers(engine: EngineProcess, count: number): Promise<Timers> {
  const [shortLateMs, parkedLateMs] = await Promise.all([SHORT_MS, PARKED_MS].map((ms) => latest(engine, ms, count)));
  return { shortLateMs: shortLateMs as number, parkedLateMs: parkedLateMs as number };
}

/** Of so many runs the one that went on latest, in ms after its moment. */
async function latest(engine: EngineProcess, durationMs: number, count: number): Promise<number> {
  const workflowId = await engine.store(delaying(durationMs));
  const late: Promise<number>[] = [];
  for (let run = 0; run < count; run++) {
    const started = await engine.client.startRun({ workflowId });
    late.push(lateMs(engine, started.run?.id ?? "", durationMs));
    await delay(systemClock, BETWEEN_STARTS_MS);
  }
  return Math.max(...(await Promise.all(late)));
}

/** Waits for a day, or another time. */
export function delaying(durationMs: number): ReturnType<typeof specOf> {
  const configuration = { duration_seconds: durationMs / 1_000 };
  return specOf("Wait", [{ type: "NODE_TYPE_FLOW", subtype: "DELAY", configuration }]);
}

async function lateMs({ client }: EngineProcess, runId: string, durationMs: number): Promise<number> {
  for (;;) {
    const node = (await client.getRun({ runId })).run?.nodeExecutions[1];
    if (node?.state === NodeState.SUCCEEDED && node.startTime !== undefined && node.endTime !== undefined)
      return timestampMs(node.endTime) - timestampMs(node.startTime) - durationMs;
    await delay(systemClock, POLL_MS);
  }
}
