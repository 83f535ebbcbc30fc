import { type StartRunRequest, WorkflowSpecSchema } from "@agent-team/contracts";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import { createdId } from "../ids.ts";
import { jsonProblem } from "../json-problem.ts";
import type { RunLog, RunRecord } from "../run-log.ts";
import { isTombstone, type Tombstone } from "../store/tombstone.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import { checkRequestId } from "./check-request.ts";
import { badRequest, rpcError } from "./errors.ts";
import { refuseUnlessRunnable } from "./obstacles.ts";
import { ownedWorkflow } from "./owned-workflow.ts";
import { withinQuota } from "./quota.ts";
import type { RunServices } from "./run-services.ts";

/** Stores a run and starts it. A repeat finds the run that the first request stored. */
export async function startRun(request: StartRunRequest, owner: string, services: RunServices): Promise<RunLog> {
  checkRequestId(request.requestId);
  const stored = await ownedWorkflow(services.workflows, request.workflowId, owner);
  const input: JsonValue = request.input === undefined ? null : toJson(ValueSchema, request.input);
  const problem = jsonProblem(input);
  if (problem !== undefined) throw badRequest("input", problem.message);
  return startOnce(
    recordOf(stored, createdId("run", owner, request.requestId), input, services.clock.wallNow()),
    services,
  );
}

/** Stores and starts a run whose id is that of a request. A repeat finds the run that the first request stored. */
export async function startOnce(record: RunRecord, services: RunServices): Promise<RunLog> {
  const { present, log } = await findOrStart(record, services);
  return present === undefined ? log : sameOrRefuse(present, record);
}

/**
 * Starts the run of a trigger that fires, for the owner of its workflow. Its id is that of the delivery or the firing, so that
 * a repeat starts nothing.
 */
export async function startFired(
  stored: StoredWorkflow,
  { id, input }: { readonly id: string; readonly input: JsonValue },
  services: RunServices,
): Promise<void> {
  await findOrStart(recordOf(stored, id, input, services.clock.wallNow()), services);
}

type FoundOrStarted =
  | { readonly present: RunLog | Tombstone; readonly log?: undefined }
  | { readonly present?: undefined; readonly log: RunLog };

async function findOrStart(record: RunRecord, services: RunServices): Promise<FoundOrStarted> {
  for (;;) {
    const present = await services.runs.find(record.id);
    if (present !== undefined) return { present };
    refuseUnlessRunnable(fromJson(WorkflowSpecSchema, record.spec), services.abilities);
    const log = await storeAndDrive(record, services);
    if (log !== undefined) return { log }; // otherwise a repeat of this request has stored the run
  }
}

/** `undefined` when the id of the run is taken. */
async function storeAndDrive(record: RunRecord, services: RunServices): Promise<RunLog | undefined> {
  const { runs, runner, queue } = services;
  await queue.renew([record.id]); // before it is stored: if this engine dies now, another one finds the run
  const log = await withinQuota(runs.create(record), "runs", services);
  if (log !== undefined) await runner.start(log);
  return log;
}

/** The record of a new run of a workflow. */
export function recordOf({ workflow }: StoredWorkflow, id: string, input: JsonValue, timeMs: number): RunRecord {
  return {
    id,
    owner: workflow.owner,
    workflowId: workflow.id,
    workflowVersion: workflow.version,
    spec: workflow.spec === undefined ? {} : toJson(WorkflowSpecSchema, workflow.spec),
    startedHash: contentHash([workflow.id, input]),
    events: [{ type: "run_started", timeMs, input }],
  };
}

function sameOrRefuse(present: RunLog | Tombstone, { startedHash }: RunRecord): RunLog {
  if (isTombstone(present)) {
    throw rpcError(Code.FailedPrecondition, "DELETED", "this request_id started a run that was deleted");
  }
  if (present.header.startedHash === startedHash) return present;
  throw rpcError(Code.InvalidArgument, "REQUEST_ID_REUSED", "this request_id started another run");
}
