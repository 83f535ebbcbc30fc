import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";
import { text, url } from "./fields.ts";

/** Does not run yet: its URL is a secret, and the engine does not fill in secrets yet. */
export const slack: NodeKind = {
  type: NodeType.EXTERNAL_ACTION,
  subtype: "SLACK",
  description: "Posts a message to Slack through an incoming webhook.",
  limitation:
    "This version of the engine does not post to Slack yet: a workflow with a SLACK can be stored but not run.",
  configuration: z.strictObject({
    webhook_url: url("The incoming webhook's URL:"),
    text: text("The message."),
  }),
  outputKeys: [DEFAULT_OUTPUT],
};
