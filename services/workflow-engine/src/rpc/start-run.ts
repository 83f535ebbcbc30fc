import { type StartRunRequest, WorkflowSpecSchema } from "@agent-team/contracts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import { createdId } from "../ids.ts";
import { maxPayloadBytes } from "../limits.ts";
import { jsonBytes } from "../store/document.ts";
import { RunLog } from "../store/run-log.ts";
import type { RunRecord } from "../store/run-record.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import { inputsNeeded } from "../validate/needs-input.ts";
import { checkRequestId } from "./checks.ts";
import { badRequest, rpcError } from "./errors.ts";
import { fieldOf } from "./invalid-workflow.ts";
import type { RunServices } from "./run-services.ts";
import { ownedWorkflow } from "./workflows.ts";

/** Records a run and lets it begin; a repeat finds the run that its first attempt recorded, however far it is. */
export async function startRun(request: StartRunRequest, owner: string, services: RunServices): Promise<RunLog> {
  checkRequestId(request.requestId);
  const { journal } = services;
  const stored = await ownedWorkflow(services.workflows, request.workflowId, owner);
  const record = recordOf(request, owner, stored, services.clock.wallNow());
  const present = await RunLog.open(journal, record.id);
  if (present !== undefined) return sameOrRefuse(present, record);

  refuseUnlessFilledIn(stored);
  const claim = services.runner.claim(record.owner);
  if (claim === undefined) {
    throw rpcError(Code.ResourceExhausted, "TOO_MANY_RUNS", "too many runs are active", { retryAfterMs: 1000 });
  }
  const log = await RunLog.create(journal, record).catch((error: unknown) => {
    claim.release();
    throw error;
  });
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
  if (jsonBytes(input) > maxPayloadBytes) throw badRequest("input", `expected at most ${maxPayloadBytes} bytes`);
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

function refuseUnlessFilledIn({ workflow: { spec } }: StoredWorkflow): void {
  const needed = spec === undefined ? [] : inputsNeeded(spec);
  if (needed.length === 0) return;
  throw rpcError(Code.FailedPrecondition, "NEEDS_INPUT", `these are still to be filled in: ${needed.join(", ")}`, {
    violations: needed.map((pointer) => ({
      field: fieldOf(pointer),
      description: `${pointer} is still to be filled in`,
      reason: "NEEDS_INPUT",
    })),
  });
}
