import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import { text } from "./fields.ts";
import type { NodeKind } from "./node-kind.ts";

/** Does not run yet: the engine has no model provider. */
export const generate: NodeKind = {
  type: NodeType.AI_AGENT,
  subtype: "GENERATE",
  description: "Asks a language model. Its output is { text }.",
  limitation:
    "This version of the engine asks no language model yet: a workflow with a GENERATE can be stored, and no run of it starts.",
  configuration: z.strictObject({ prompt: text("What the model is asked, with what it needs to know.") }),
  outputKeys: [defaultOutput],
};
