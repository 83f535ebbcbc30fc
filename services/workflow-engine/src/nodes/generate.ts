import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";
import { text } from "./fields.ts";

/** Does not run yet: the engine has no model provider. */
export const generate: NodeKind = {
  type: NodeType.AI_AGENT,
  subtype: "GENERATE",
  description: "Asks a language model. Its output is { text }.",
  limitation:
    "This version of the engine asks no language model yet: a workflow with a GENERATE can be stored but not run.",
  configuration: z.strictObject({ prompt: text("The prompt for the model, with all that it needs to know.") }),
  outputKeys: [DEFAULT_OUTPUT],
};
