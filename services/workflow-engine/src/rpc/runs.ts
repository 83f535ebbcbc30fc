import {
  type CancelRunRequest,
  type GetNodeExecutionRequest,
  type ListRunsRequest,
  type ListRunsResponse,
  type NodeExecution,
  type Run,
  RunState,
  type WorkflowEngineService,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { fromJson } from "@bufbuild/protobuf";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import { cutText } from "../cut-text.ts";
import { Graph } from "../graph.ts";
import { isId } from "../ids.ts";
import { timeOutOf } from "../run/decide.ts";
import { foldRun } from "../run/fold.ts";
import type { RunEvent } from "../run-event.ts";
import type { RunLog } from "../run-log.ts";
import { isTombstone } from "../store/tombstone.ts";
import { decideApproval, getApproval } from "./approvals.ts";
import { checkedPage } from "./check-request.ts";
import { answering, badRequest, rpcError, streaming } from "./errors.ts";
import { fireWebhook } from "./fire-webhook.ts";
import { nodeNotFound, ownedRun, runNotFound } from "./owned-run.ts";
import { rerunRun } from "./rerun-run.ts";
import type { RunServices } from "./run-services.ts";
import { PayloadBudget, toNodeExecution, toRun, toRunSummary } from "./run-view.ts";
import { signalRun } from "./signal-run.ts";
import { startRun } from "./start-run.ts";
import { watchRun } from "./watch-run.ts";

type Method =
  | "fireWebhook"
  | "startRun"
  | "rerunRun"
  | "getRun"
  | "listRuns"
  | "getNodeExecution"
  | "signalRun"
  | "getApproval"
  | "decideApproval"
  | "watchRun"
  | "cancelRun"
  | "deleteRun";
type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, Method>;

/** After a run's time limit, its engine has this long to stop the nodes and to record the end. */
const END_GRACE_MS = 60_000;

/** The methods that start, repeat, read, watch, signal, cancel and delete runs. */
export function runHandlers(services: RunServices): Handlers {
  return {
    startRun: answering(async (request, owner) => ({ run: viewOf(await startRun(request, owner, services)) })),
    rerunRun: answering(async (request, owner) => ({ run: viewOf(await rerunRun(request, owner, services)) })),
    // The token authorises the call, by any caller.
    fireWebhook: answering((request) => fireWebhook(request, services)),
    getRun: answering(async ({ runId }, owner) => ({ run: viewOf(await ownedRun(runId, owner, services)) })),
    listRuns: answering((request, owner) => listRuns(request, owner, services)),
    getNodeExecution: answering((request, owner) => getNodeExecution(request, owner, services)),
    signalRun: answering(async (request, owner) => {
      await signalRun(request, owner, services);
      return {};
    }),
    getApproval: answering(async (request) => ({ approval: await getApproval(request, services) })),
    decideApproval: answering(async (request) => ({ approval: await decideApproval(request, services) })),
    watchRun: streaming((request, owner, signal) => watchRun(request, owner, signal, services)),
    cancelRun: answering(async (request, owner) => ({ run: await cancelRun(request, owner, services) })),
    deleteRun: answering(async ({ runId }, owner) => {
      await deleteRun(runId, owner, services);
      return {};
    }),
  } satisfies Handlers;
}

function viewOf({ header, events }: RunLog): Run {
  return toRun({ ...header, events });
}

/** A repeated deletion finds the tombstone and succeeds. */
async function deleteRun(id: string, owner: string, { runs, clock }: RunServices): Promise<void> {
  for (;;) {
    const log = isId(id) ? await runs.find(id) : undefined;
    if (isTombstone(log) && log.deleted.owner === owner) return;
    if (log === undefined || isTombstone(log) || log.header.owner !== owner) throw runNotFound();
    const timeMs = clock.wallNow();
    if (!log.hasEnded && timeMs < lastMomentMs(log)) {
      throw rpcError(
        Code.FailedPrecondition,
        "RUN_NOT_ENDED",
        "the run has not ended: cancel it first, then delete it",
      );
    }
    if (await log.delete(timeMs)) return;
  }
}

/** When a run has ended at the latest. If it has not ended by then, no engine can drive it. */
function lastMomentMs({ header, events }: RunLog): number {
  const graph = Graph.of(fromJson(WorkflowSpecSchema, header.spec));
  const run = foldRun(events);
  // A run that was not taken for so long has no engine.
  const endsMs = !run.hasBegun ? run.startMs + graph.runTimeoutMs : timeOutOf(graph, run).atMs;
  return endsMs + END_GRACE_MS;
}

async function listRuns(
  request: ListRunsRequest,
  owner: string,
  { runs }: RunServices,
): Promise<Pick<ListRunsResponse, "runs" | "nextPageToken">> {
  const { workflowId, state } = request;
  if (workflowId !== "" && !isId(workflowId)) throw badRequest("workflow_id", "expected the id of a workflow");
  const page = await runs.list({ owner, workflowId }, checkedPage(request), (listed) => {
    const run = toRunSummary(listed);
    return state === RunState.UNSPECIFIED || state === run.state ? run : undefined;
  });
  return { runs: [...page.items], nextPageToken: page.nextPageToken };
}

async function getNodeExecution(
  { runId, nodeId }: GetNodeExecutionRequest,
  owner: string,
  services: RunServices,
): Promise<{ nodeExecution: NodeExecution }> {
  const log = await ownedRun(runId, owner, services);
  const node = foldRun(log.events).nodes.get(nodeId);
  if (node === undefined) throw nodeNotFound();
  return { nodeExecution: toNodeExecution(nodeId, node, PayloadBudget.unlimited) };
}

/**
 * Records a stop request. The instance that drives the run reads it at once when it is this one, and otherwise within a quarter of
 * the lease. A run that waits is ended at once, and one whose instance has died when another one takes it over.
 */
async function cancelRun({ runId, reason }: CancelRunRequest, owner: string, services: RunServices): Promise<Run> {
  const log = await ownedRun(runId, owner, services);
  const stop: RunEvent = {
    type: "stop_requested",
    timeMs: services.clock.wallNow(),
    as: "canceled",
    reason: cutText(reason) || "canceled by its owner",
  };
  await log.append((events) => (foldRun(events).stop === undefined ? [stop] : []));
  await services.runner.didAppend(log);
  return viewOf(log);
}
