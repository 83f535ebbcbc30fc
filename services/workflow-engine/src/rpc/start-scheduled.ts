import { isJournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { foldRun } from "../run/fold.ts";
import type { RunStore } from "../store/run-store.ts";
import { isTombstone } from "../store/tombstone.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import type { FiredRun } from "../triggers/cron-triggers.ts";
import type { RunServices } from "./run-services.ts";
import { startFired } from "./start-run.ts";

/** Errors that another firing may not have, but this one keeps: a full quota, a workflow that cannot run. */
const REFUSALS: ReadonlySet<Code> = new Set([Code.ResourceExhausted, Code.FailedPrecondition]);

/** Starts the run of a schedule. */
export async function startScheduled(
  stored: StoredWorkflow,
  run: FiredRun,
  services: RunServices,
): Promise<"started" | "refused" | "queued"> {
  try {
    await startFired(stored, run, services);
    return "started";
  } catch (error) {
    if (isJournalError(error, "full")) return "queued";
    if (error instanceof ConnectError && REFUSALS.has(error.code)) return "refused";
    throw error;
  }
}

/** Whether a run has not ended and does more than wait for a person or a timer. A run of which no engine has taken hold works. */
export async function isWorking(runId: string, runs: RunStore): Promise<boolean> {
  const log = await runs.find(runId);
  if (log === undefined || isTombstone(log) || log.hasEnded) return false;
  const nodes = [...foldRun(log.events).nodes.values()];
  return nodes.length === 0 || nodes.some(({ state }) => state === "running" || state === "retrying");
}
