import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { cutText } from "../cut-text.ts";
import { MAX_PROMPT_BYTES, MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { NodeContext, NodeKind, NodeWait } from "../node-kind.ts";
import { tellAboutApproval } from "./approval-notice.ts";
import { checked, text, url } from "./fields.ts";

const configuration = z.strictObject({
  prompt: text("The question to the person."),
  expires_after_seconds: z
    .number()
    .positive()
    .max(MAX_RUN_TIMEOUT_MS / 1000)
    .optional()
    .describe("Seconds to wait for the answer. Default: until the end of the run's life, 30 days."),
  slack_webhook_url: url("A Slack incoming webhook that is told, with a link to decide:").optional(),
  webhook_url: url("A URL that is told by a POST of JSON, with a link to decide:").optional(),
});

export const approval: NodeKind = {
  type: NodeType.HUMAN_IN_THE_LOOP,
  subtype: "APPROVAL",
  description:
    'Asks a person, and tells Slack or a webhook when one is given. The decision comes by the link of that notice, or by SignalRun. Its input leaves by "approved", "rejected", or "expired" when no answer comes in time.',
  configuration,
  takesSecrets: true,
  outputKeys: ["approved", "rejected", "expired"],
  run: ask,
};

/** The notice goes out before the wait is recorded: when neither address takes it, the node fails and does not wait. */
async function ask(context: NodeContext): Promise<NodeWait> {
  const given = checked(configuration, context.configuration);
  const { prompt, expires_after_seconds: seconds, slack_webhook_url: slackUrl, webhook_url: webhookUrl } = given;
  const forMs = seconds === undefined ? undefined : seconds * 1000;
  const question = cutText(prompt, MAX_PROMPT_BYTES);
  await tellAboutApproval({ prompt: question, slackUrl, webhookUrl, forMs: forMs ?? MAX_RUN_TIMEOUT_MS }, context);
  return { wait: { forMs, outputKey: "expired", prompt: question } };
}
