import { type StartRunRequest, WorkflowSpecSchema } from "@agent-team/contracts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import { createdId } from "../ids.ts";
import { jsonProblem } from "../json-problem.ts";
import type { RunLog, RunRecord } from "../run-log.ts";
import { isTombstone, type Tombstone } from "../store/tombstone.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import { checkNeedsInput } from "../validate/needs-input.ts";
import { pointer } from "../validate/pointer.ts";
import { obstaclesOf } from "../validate/runnable.ts";
import { checkRequestId } from "./check-request.ts";
import { badRequest, type Reason, rpcError } from "./errors.ts";
import { issuesError } from "./invalid-workflow.ts";
import { withinQuota } from "./quota.ts";
import type { RunServices } from "./run-services.ts";
import { ownedWorkflow } from "./workflows.ts";

/** Stores a run and starts it. A repeat finds the run that the first request stored. */
export async function startRun(request: StartRunRequest, owner: string, services: RunServices): Promise<RunLog> {
  checkRequestId(request.requestId);
  const stored = await ownedWorkflow(services.workflows, request.workflowId, owner);
  const record = recordOf(request, owner, stored, services.clock.wallNow());
  for (;;) {
    const present = await services.runs.find(record.id);
    if (present !== undefined) return sameOrRefuse(present, record);
    refuseUnlessRunnable(stored);
    const started = await storeAndDrive(record, services);
    if (started !== undefined) return started; // otherwise a repeat of this request has stored the run
  }
}

/** `undefined` when the id of the run is taken. */
async function storeAndDrive(record: RunRecord, services: RunServices): Promise<RunLog | undefined> {
  const { runs, runner, queue, limits } = services;
  const claim = runner.claim(record.owner);
  if (claim === undefined) {
    throw rpcError(Code.ResourceExhausted, "TOO_MANY_RUNS", "too many runs are active", { retryAfterMs: 1000 });
  }
  let log: RunLog | undefined;
  try {
    await queue.renew([record.id]); // before it is stored: if this engine dies now, another one finds the run
    log = await withinQuota(runs.create(record), "runs", limits);
  } finally {
    if (log === undefined) claim.release();
  }
  if (log !== undefined) runner.start(log, claim);
  return log;
}

function recordOf(request: StartRunRequest, owner: string, { workflow }: StoredWorkflow, timeMs: number): RunRecord {
  const { workflowId, input: given, requestId } = request;
  const input: JsonValue = given === undefined ? null : toJson(ValueSchema, given);
  const problem = jsonProblem(input);
  if (problem !== undefined) throw badRequest("input", problem.message);
  return {
    id: createdId("run", owner, requestId),
    owner,
    workflowId,
    workflowVersion: workflow.version,
    spec: workflow.spec === undefined ? {} : toJson(WorkflowSpecSchema, workflow.spec),
    startedHash: contentHash([workflowId, input]),
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

/** Refuses a workflow that this engine cannot run to its end, before its first node has an effect. */
function refuseUnlessRunnable({ workflow: { spec } }: StoredWorkflow): void {
  const obstacles = (spec?.nodes ?? []).flatMap((node, index) => {
    const path = pointer("nodes", index);
    return [...checkNeedsInput(node, path), ...obstaclesOf(node, path)];
  });
  const [first] = obstacles;
  if (first !== undefined) throw issuesError(Code.FailedPrecondition, reasonOf(first.code), obstacles);
}

/** The stored spec is valid, so its obstacles have no other codes. */
function reasonOf(code: string): Reason {
  return code as Extract<Reason, "NEEDS_INPUT" | "NOT_RUNNABLE_YET" | "SECRETS_NOT_FILLED_IN_YET">;
}
