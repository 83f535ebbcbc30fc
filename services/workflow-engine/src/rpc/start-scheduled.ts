import { Code, ConnectError } from "@connectrpc/connect";
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
): Promise<"started" | "refused"> {
  try {
    await startFired(stored, run, services);
    return "started";
  } catch (error) {
    if (error instanceof ConnectError && REFUSALS.has(error.code)) return "refused";
    throw error;
  }
}
