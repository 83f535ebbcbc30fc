import { randomUUID } from "node:crypto";
import type { SignalRunRequest } from "@agent-team/contracts";
import { timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { MAX_COMMENT_BYTES } from "../limits.ts";
import { foldRun, type NodeRun, type RunStatus } from "../run/fold.ts";
import type { Decision } from "../run-event.ts";
import type { RunLog } from "../run-log.ts";
import { checkRequestId } from "./check-request.ts";
import { badRequest, rpcError } from "./errors.ts";
import { nodeNotFound, ownedRun } from "./owned-run.ts";
import type { RunServices } from "./run-services.ts";

/**
 * Records a decision about a node that waits for one, and wakes its run. Of two decisions at once the log takes one: the
 * other is told about it.
 */
export async function signalRun(request: SignalRunRequest, owner: string, services: RunServices): Promise<void> {
  const { runId, nodeId } = request;
  const decision = decisionOf(request, owner, services.clock.wallNow());
  await decideNode(await ownedRun(runId, owner, services), nodeId, decision, services);
}

/** As `signalRun`, for a caller whose right to decide was checked. */
export async function decideNode(
  log: RunLog,
  nodeId: string,
  decision: Decision,
  services: Pick<RunServices, "runner">,
): Promise<void> {
  const outputKey = decision.approved ? "approved" : "rejected";
  await log.append((events) => {
    if (!takesDecision(foldRun(events), nodeId, decision.timeMs)) return [];
    return [{ type: "node_decided", timeMs: decision.timeMs, nodeId, outputKey, decision }];
  });
  const problem = problemOf(foldRun(log.events).nodes.get(nodeId), decision);
  if (problem !== undefined) throw problem;
  await services.runner.didAppend(log);
}

function decisionOf({ requestId, signal }: SignalRunRequest, by: string, timeMs: number): Decision {
  checkRequestId(requestId);
  if (signal.case !== "approval") throw badRequest("approval", "expected a decision");
  const { approved, comment } = signal.value;
  checkComment(comment, "approval.comment");
  return { approved, comment, by, timeMs, requestId: requestId === "" ? randomUUID() : requestId };
}

export function checkComment(comment: string, field: string): void {
  if (Buffer.byteLength(comment) > MAX_COMMENT_BYTES)
    throw badRequest(field, `expected at most ${MAX_COMMENT_BYTES} bytes`);
}

function takesDecision({ nodes, stop }: RunStatus, nodeId: string, nowMs: number): boolean {
  const node = nodes.get(nodeId);
  if (stop !== undefined || node?.state !== "waiting" || node.prompt === undefined) return false;
  return node.wakeMs === undefined || node.wakeMs > nowMs;
}

/** Why a decision was not recorded; `undefined` when it was, by this request or by one that it repeats. */
function problemOf(node: NodeRun | undefined, decision: Decision): ConnectError | undefined {
  if (node === undefined) return nodeNotFound();
  const made = node.state === "succeeded" ? node.decision : undefined;
  if (made === undefined)
    return rpcError(Code.FailedPrecondition, "NODE_NOT_WAITING", "the node does not wait for a decision");
  if (made.requestId !== decision.requestId) {
    const when = timestampDate(timestampFromMs(made.timeMs)).toISOString();
    const what = `${made.approved ? "approved" : "rejected"} by ${made.by} at ${when}`;
    return rpcError(Code.FailedPrecondition, "ALREADY_DECIDED", `the decision was made already: ${what}`);
  }
  if (made.approved === decision.approved) return undefined;
  return rpcError(Code.InvalidArgument, "REQUEST_ID_REUSED", "this request_id made the opposite decision");
}
