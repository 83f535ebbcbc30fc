/** Tells somebody that an approval waits. In: the question. Out: one POST for each place that the node names, with a link to decide. */

import { NodeFailure } from "../node-failure.ts";
import type { NodeContext } from "../node-kind.ts";
import { isRetryableStatus } from "./http-status.ts";

export interface ApprovalNotice {
  readonly prompt: string;
  readonly slackUrl: string | undefined;
  readonly webhookUrl: string | undefined;
  /** How long the approval waits. */
  readonly forMs: number;
}

/** @throws NodeFailure if a place does not take the notice */
export async function tellAboutApproval(notice: ApprovalNotice, context: NodeContext): Promise<void> {
  const { slackUrl, webhookUrl, forMs } = notice;
  if (slackUrl === undefined && webhookUrl === undefined) return;
  const link = context.approvalLink(forMs);
  if (slackUrl !== undefined) await post(slackUrl, slackMessage(notice, link, context), context);
  if (webhookUrl !== undefined) await post(webhookUrl, webhookMessage(notice, link, context), context);
}

function slackMessage({ prompt }: ApprovalNotice, link: string | undefined, context: NodeContext): object {
  const { workflowName } = context.subject;
  const name = workflowName === "" ? "" : ` of *${escape(workflowName)}*`;
  const action = link === undefined ? escape(withoutLink(context)) : `<${link}|Approve or reject>`;
  return { text: `An approval${name} waits for you:\n${escape(prompt)}\n${action}` };
}

function webhookMessage({ prompt }: ApprovalNotice, link: string | undefined, context: NodeContext): object {
  const { runId, nodeId, workflowId, workflowName } = context.subject;
  return {
    type: "approval_requested",
    run_id: runId,
    node_id: nodeId,
    workflow_id: workflowId,
    workflow_name: workflowName,
    prompt,
    ...(link === undefined ? { how: withoutLink(context) } : { url: link }),
  };
}

function withoutLink({ subject: { runId, nodeId } }: NodeContext): string {
  return `Decide by POST /v1/runs/${runId}/signals/${nodeId} {"approved": true} or {"approved": false}. (Links need PUBLIC_URL and IDENTITY_SECRET of the engine.)`;
}

async function post(target: string, message: object, context: NodeContext): Promise<void> {
  const { host } = new URL(target);
  const request = {
    method: "POST",
    url: new URL(target),
    headers: { "content-type": "application/json", "idempotency-key": context.idempotencyKey },
    ownHeaders: {},
    forwardsOwnHeaders: false,
    body: JSON.stringify(message),
  };
  const { status } = await context.http.send(request, context.signal);
  if (status < 400) return;
  // The path of the URL may be a credential, so the message has the host alone.
  const why = `the approval could not be announced: ${host} answered ${status}`;
  throw new NodeFailure("HTTP_STATUS", why, { retryable: isRetryableStatus(status) });
}

/** Slack's three control characters: a prompt cannot make a link or a mention. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
