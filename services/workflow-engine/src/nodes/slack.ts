import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import { text, url } from "./fields.ts";
import type { NodeKind } from "./node-kind.ts";

/** Does not run yet: its URL is a secret, and secrets are not filled in yet. */
export const slack: NodeKind = {
  type: NodeType.EXTERNAL_ACTION,
  subtype: "SLACK",
  description: "Posts a message to Slack through an incoming webhook.",
  limitation:
    "This version of the engine does not post to Slack yet: a workflow with a SLACK can be stored, and no run of it starts.",
  configuration: z.strictObject({
    webhook_url: url("The incoming webhook's URL:"),
    text: text("The message."),
  }),
  outputKeys: [defaultOutput],
};
