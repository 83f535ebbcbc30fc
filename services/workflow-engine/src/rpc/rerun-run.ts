import { RerunFrom, type RerunRunRequest, WorkflowSpecSchema } from "@agent-team/contracts";
import { fromJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import { Graph } from "../graph.ts";
import { createdId } from "../ids.ts";
import { foldRun, type RunStatus } from "../run/fold.ts";
import { keptEvents } from "../run/kept-events.ts";
import type { RunLog, RunRecord } from "../run-log.ts";
import { checkRequestId } from "./check-request.ts";
import { rpcError } from "./errors.ts";
import { ownedRun } from "./owned-run.ts";
import { ownedWorkflow } from "./owned-workflow.ts";
import type { RunServices } from "./run-services.ts";
import { recordOf, startOnce } from "./start-run.ts";

/** Stores a run that repeats another one, and starts it. A repeat of the request finds the run that the first one stored. */
export async function rerunRun(request: RerunRunRequest, owner: string, services: RunServices): Promise<RunLog> {
  const { runId, from, requestId } = request;
  checkRequestId(requestId);
  const log = await ownedRun(runId, owner, services);
  const before = foldRun(log.events);
  if (before.end === undefined) {
    throw rpcError(
      Code.FailedPrecondition,
      "RUN_NOT_ENDED",
      "the run has not ended: cancel it first, then run it again",
    );
  }
  const id = createdId("run", owner, requestId);
  const again =
    from === RerunFrom.START ? await fromStart(log, before, id, services) : fromFailed(log, before, id, services);
  return startOnce({ ...again, rerunOf: runId, startedHash: contentHash([runId, from === RerunFrom.START]) }, services);
}

async function fromStart(
  { header }: RunLog,
  { input }: RunStatus,
  id: string,
  services: RunServices,
): Promise<RunRecord> {
  const stored = await ownedWorkflow(services.workflows, header.workflowId, header.owner);
  return recordOf(stored, id, input, services.clock.wallNow());
}

function fromFailed(
  { header, events }: RunLog,
  { input, end }: RunStatus,
  id: string,
  { clock }: RunServices,
): RunRecord {
  if (end?.state === "succeeded") {
    const message = "the run has succeeded: nothing is left of it to run again, except from its start";
    throw rpcError(Code.FailedPrecondition, "NOTHING_TO_RERUN", message);
  }
  const kept = keptEvents(Graph.of(fromJson(WorkflowSpecSchema, header.spec)), events);
  return { ...header, id, events: [{ type: "run_started", timeMs: clock.wallNow(), input }, ...kept] };
}
