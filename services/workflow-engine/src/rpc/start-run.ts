import { type StartRunRequest, WorkflowSpecSchema } from "@agent-team/contracts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import { createdId } from "../ids.ts";
import { jsonProblem } from "../json-problem.ts";
import { RunLog } from "../store/run-log.ts";
import type { RunRecord } from "../store/run-record.ts";
import { isTombstone } from "../store/tombstone.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import type { IssueCode } from "../validate/issue.ts";
import { checkNeedsInput } from "../validate/needs-input.ts";
import { pointer } from "../validate/pointer.ts";
import { obstaclesOf } from "../validate/runnable.ts";
import { checkRequestId } from "./checks.ts";
import { badRequest, type Reason, rpcError } from "./errors.ts";
import { fieldOf } from "./invalid-workflow.ts";
import { withinQuota } from "./quota.ts";
import type { RunServices } from "./run-services.ts";
import { ownedWorkflow } from "./workflows.ts";

/** Records a run and lets it begin; a repeat finds the run that its first attempt recorded, however far it is. */
export async function startRun(request: StartRunRequest, owner: string, services: RunServices): Promise<RunLog> {
  checkRequestId(request.requestId);
  const { journal } = services;
  const stored = await ownedWorkflow(services.workflows, request.workflowId, owner);
  const record = recordOf(request, owner, stored, services.clock.wallNow());
  const present = await RunLog.find(journal, record.id);
  if (isTombstone(present)) {
    throw rpcError(Code.FailedPrecondition, "DELETED", "this request_id started a run that was deleted");
  }
  if (present !== undefined) return sameOrRefuse(present, record);

  refuseUnlessRunnable(stored);
  const claim = services.runner.claim(record.owner);
  if (claim === undefined) {
    throw rpcError(Code.ResourceExhausted, "TOO_MANY_RUNS", "too many runs are active", { retryAfterMs: 1000 });
  }
  const { limits } = services;
  const created = RunLog.create(journal, record, limits);
  const log = await withinQuota(created, "runs", { count: limits.maxRuns, bytes: limits.maxRunBytes }).catch(
    (error) => {
      claim.release();
      throw error;
    },
  );
  if (log === undefined) {
    claim.release();
    return startRun(request, owner, services); // a repeat of this very request was faster
  }
  services.runner.start(log, claim);
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

function sameOrRefuse(present: RunLog, { startedHash }: RunRecord): RunLog {
  if (present.header.startedHash === startedHash) return present;
  throw rpcError(Code.InvalidArgument, "REQUEST_ID_REUSED", "this request_id started another run");
}

/** What keeps a workflow from being run is said before its first node has an effect, and not when a run reaches it. */
function refuseUnlessRunnable({ workflow: { spec } }: StoredWorkflow): void {
  const obstacles = (spec?.nodes ?? []).flatMap((node, index) => {
    const path = pointer("nodes", index);
    return [...checkNeedsInput(node, path), ...obstaclesOf(node, path)];
  });
  const [first] = obstacles;
  if (first === undefined) return;
  const others = obstacles.length > 1 ? ` (and ${obstacles.length - 1} more)` : "";
  throw rpcError(Code.FailedPrecondition, reasonOf(first.code), `${first.path}: ${first.message}${others}`, {
    violations: obstacles.map(({ path, message, code }) => ({
      field: fieldOf(path),
      description: message,
      reason: code,
    })),
  });
}

/** The stored spec is valid, so its obstacles have no other codes. */
function reasonOf(code: string): Reason {
  return code as Extract<IssueCode, "NEEDS_INPUT" | "NOT_RUNNABLE_YET" | "SECRETS_NOT_FILLED_IN_YET">;
}
