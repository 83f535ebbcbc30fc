import {
  type CancelRunRequest,
  type GetNodeExecutionRequest,
  type ListRunsRequest,
  type Run,
  RunState,
  type WorkflowEngineService,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { fromJson } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { isId } from "../ids.ts";
import { defaultRunTimeoutMs } from "../limits.ts";
import type { RunEvent } from "../run/events.ts";
import { foldRun } from "../run/fold.ts";
import { decodeDocument } from "../store/document.ts";
import { readPage } from "../store/page.ts";
import { indexOf, RunLog } from "../store/run-log.ts";
import type { RunRecord } from "../store/run-record.ts";
import { isTombstone } from "../store/tombstone.ts";
import { cutText } from "../text.ts";
import { checkPage } from "./checks.ts";
import { answering, badRequest, rpcError } from "./errors.ts";
import type { RunServices } from "./run-services.ts";
import { Room, runStateOf, toNodeExecution, toRun } from "./run-view.ts";
import { startRun } from "./start-run.ts";

type Method = "startRun" | "getRun" | "listRuns" | "getNodeExecution" | "cancelRun" | "deleteRun";
type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, Method>;

/** For the nodes that a time limit stops, and for the record of it. */
const endGraceMs = 60_000;

/** Starting, stopping, deleting and looking at runs. */
export function runHandlers(services: RunServices): Handlers {
  return {
    startRun: answering(async (request, owner) => ({ run: viewOf(await startRun(request, owner, services)) })),
    getRun: answering(async ({ runId }, owner) => ({ run: viewOf(await ownedRun(services, runId, owner)) })),
    listRuns: answering((request, owner) => listRuns(request, owner, services)),
    getNodeExecution: answering((request, owner) => getNodeExecution(request, owner, services)),
    cancelRun: answering(async (request, owner) => ({ run: await cancelRun(request, owner, services) })),
    deleteRun: answering(async ({ runId }, owner) => {
      await deleteRun(runId, owner, services);
      return {};
    }),
  } satisfies Handlers;
}

function viewOf(log: RunLog): Run {
  return toRun({ ...log.header, events: log.events }, "full");
}

/** A run of that owner. What belongs to somebody else is not to be told from what is not there. */
async function ownedRun({ journal }: RunServices, id: string, owner: string): Promise<RunLog> {
  const log = isId(id) ? await RunLog.find(journal, id) : undefined;
  if (log !== undefined && !isTombstone(log) && log.header.owner === owner) return log;
  throw runNotFound();
}

function runNotFound(): ConnectError {
  return rpcError(Code.NotFound, "RUN_NOT_FOUND", "there is no such run");
}

/** A repeat finds the tombstone, and has nothing left to do. */
async function deleteRun(id: string, owner: string, { journal, clock }: RunServices): Promise<void> {
  for (;;) {
    const log = isId(id) ? await RunLog.find(journal, id) : undefined;
    if (isTombstone(log) && log.deleted.owner === owner) return;
    if (log === undefined || isTombstone(log) || log.header.owner !== owner) throw runNotFound();
    const timeMs = clock.wallNow();
    if (!log.hasEnded && timeMs < lastMomentOf(log)) {
      throw rpcError(Code.FailedPrecondition, "RUN_NOT_ENDED", "the run goes on: cancel it first, then delete it");
    }
    if (await log.delete(timeMs)) return;
  }
}

/** When a run ends at the latest, by its own time limit. One that has not ended then never will: its engine did. */
function lastMomentOf({ header, events }: RunLog): number {
  const { runTimeout } = fromJson(WorkflowSpecSchema, header.spec);
  const timeoutMs = runTimeout === undefined ? defaultRunTimeoutMs : durationMs(runTimeout);
  return (events[0]?.timeMs ?? 0) + timeoutMs + endGraceMs;
}

async function listRuns(
  request: ListRunsRequest,
  owner: string,
  { journal }: RunServices,
): Promise<{ runs: Run[]; nextPageToken: string }> {
  const { workflowId, state } = request;
  if (workflowId !== "" && !isId(workflowId)) throw badRequest("workflow_id", "this is not the id of a workflow");
  const index = indexOf(owner, workflowId === "" ? undefined : workflowId);
  const { items, nextPageToken } = await readPage(journal, index, checkPage(request), ({ value }) => {
    const record = decodeDocument<RunRecord>(value);
    const isWanted = state === RunState.UNSPECIFIED || state === runStateOf(foldRun(record.events));
    return isWanted ? toRun(record, "summary") : undefined;
  });
  return { runs: [...items], nextPageToken };
}

async function getNodeExecution(
  { runId, nodeId }: GetNodeExecutionRequest,
  owner: string,
  services: RunServices,
): Promise<{ nodeExecution: ReturnType<typeof toNodeExecution> }> {
  const log = await ownedRun(services, runId, owner);
  const node = foldRun(log.events).nodes.get(nodeId);
  if (node === undefined) throw rpcError(Code.NotFound, "NODE_NOT_FOUND", "the run has not reached such a node");
  return { nodeExecution: toNodeExecution(nodeId, node, new Room(Infinity, Infinity)) };
}

/**
 * Records the wish. The instance that drives the run sees it at once when it is this one, and otherwise before its next
 * step; a run whose instance has died keeps the wish and its state until runs can be taken over.
 */
async function cancelRun({ runId, reason }: CancelRunRequest, owner: string, services: RunServices): Promise<Run> {
  const log = await ownedRun(services, runId, owner);
  const timeMs = services.clock.wallNow();
  const stop: RunEvent = {
    type: "stop_requested",
    timeMs,
    as: "canceled",
    reason: cutText(reason) || "canceled by its owner",
  };
  await log.append((events) => (foldRun(events).stop === undefined ? [stop] : []));
  services.runner.didChange(runId);
  return viewOf(log);
}
