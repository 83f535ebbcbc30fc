/** The two methods for a person with a link. The token of the link authorises them, by any caller. */

import {
  type Approval,
  ApprovalSchema,
  type DecideApprovalRequest,
  type GetApprovalRequest,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { create, fromJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { isId } from "../ids.ts";
import { foldRun, type NodeRun } from "../run/fold.ts";
import type { Decision } from "../run-event.ts";
import type { RunLog } from "../run-log.ts";
import { isTombstone } from "../store/tombstone.ts";
import { badRequest, rpcError } from "./errors.ts";
import type { RunServices } from "./run-services.ts";
import { toDecision } from "./run-view.ts";
import { checkComment, decideNode } from "./signal-run.ts";

const MAX_NAME_BYTES = 100;

export async function getApproval(request: GetApprovalRequest, services: RunServices): Promise<Approval> {
  return toApproval(await linkedNode(request, services));
}

/** The same decision again succeeds: a person may press a button twice. */
export async function decideApproval(request: DecideApprovalRequest, services: RunServices): Promise<Approval> {
  const { approved, comment, name, nodeId, token } = request;
  checkComment(comment, "comment");
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw badRequest("name", `expected at most ${MAX_NAME_BYTES} bytes`);
  const { log } = await linkedNode(request, services);
  const by = name === "" ? "by link" : `${name} (by link)`;
  const requestId = `link/${token}/${approved}`;
  const decision: Decision = { approved, comment, by, timeMs: services.clock.wallNow(), requestId };
  await decideNode(log, nodeId, decision, services);
  return toApproval(await linkedNode(request, services));
}

interface LinkedNode {
  readonly log: RunLog;
  readonly node: NodeRun;
  readonly expiresMs: number;
}

/**
 * @throws NOT_FOUND for an unknown run and a link that was not made for it: nothing says which
 * @throws FAILED_PRECONDITION LINK_EXPIRED for a link whose time has passed
 */
async function linkedNode(
  { runId, nodeId, token }: Pick<GetApprovalRequest, "runId" | "nodeId" | "token">,
  { runs, approvalLinks, clock }: RunServices,
): Promise<LinkedNode> {
  const log = isId(runId) ? await runs.find(runId) : undefined;
  if (approvalLinks === undefined || log === undefined || isTombstone(log)) throw linkNotFound();
  const expiresMs = approvalLinks.expiryOf({ runId, nodeId, owner: log.header.owner }, token);
  const node = foldRun(log.events).nodes.get(nodeId);
  if (expiresMs === undefined || node === undefined) throw linkNotFound();
  if (expiresMs > clock.wallNow()) return { log, node, expiresMs };
  throw rpcError(Code.FailedPrecondition, "LINK_EXPIRED", "the time of this link has passed");
}

function linkNotFound(): Error {
  return rpcError(Code.NotFound, "APPROVAL_NOT_FOUND", "there is no approval behind this link");
}

function toApproval({ log, node, expiresMs }: LinkedNode): Approval {
  const isWaiting = node.state === "waiting" && node.prompt !== undefined;
  const decision = node.state === "succeeded" && node.decision !== undefined ? toDecision(node.decision) : undefined;
  return create(ApprovalSchema, {
    prompt: promptOf(log, node),
    workflowName: fromJson(WorkflowSpecSchema, log.header.spec).name,
    requestTime: timestampFromMs(node.startMs),
    expireTime: timestampFromMs(expiresMs),
    waiting: isWaiting && foldRun(log.events).stop === undefined,
    ...(decision === undefined ? {} : { decision }),
  });
}

/** The events keep it after the wait, too. */
function promptOf({ events }: RunLog, node: NodeRun): string {
  if (node.state === "waiting") return node.prompt ?? "";
  const waits = events.flatMap((event) =>
    event.type === "node_waiting" && event.timeMs >= node.startMs ? [event] : [],
  );
  return waits.find(({ prompt }) => prompt !== undefined)?.prompt ?? "";
}
