import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { cutText } from "../cut-text.ts";
import { DEFAULT_OUTPUT } from "../graph.ts";
import { NodeFailure } from "../node-failure.ts";
import type { NodeContext, NodeKind, NodeResult } from "../node-kind.ts";
import { checked, text, url } from "./fields.ts";
import { isRetryableStatus } from "./http-status.ts";

/** Slack's answer says why in one word, such as "no_service". */
const MAX_REASON_BYTES = 200;

const configuration = z.strictObject({
  webhook_url: url("The incoming webhook's URL:"),
  text: text("The message."),
});

export const slack: NodeKind = {
  type: NodeType.EXTERNAL_ACTION,
  subtype: "SLACK",
  description: "Posts a message to Slack through an incoming webhook. Its output is { status }.",
  configuration,
  takesSecrets: true,
  outputKeys: [DEFAULT_OUTPUT],
  run: post,
};

async function post(context: NodeContext): Promise<NodeResult> {
  const { webhook_url: target, text: message } = checked(configuration, context.configuration);
  const request = {
    method: "POST",
    url: new URL(target),
    headers: { "content-type": "application/json", "idempotency-key": context.idempotencyKey },
    ownHeaders: {},
    forwardsOwnHeaders: false,
    body: JSON.stringify({ text: message }),
  };
  const { status, body } = await context.http.send(request, context.signal);
  if (status < 400) return { outputKey: DEFAULT_OUTPUT, output: { status } };
  // The path of the URL is a credential, so the message has the host alone.
  const reason = cutText(body.toString("utf8"), MAX_REASON_BYTES);
  const why = `the incoming webhook at ${request.url.host} answered ${status}: ${reason}`;
  throw new NodeFailure("HTTP_STATUS", why, { retryable: isRetryableStatus(status) });
}
