import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { NodeKind } from "../node-kind.ts";
import { text } from "./fields.ts";

/** Does not run yet: a decision may take days, and a run does not outlive its engine yet. */
export const approval: NodeKind = {
  type: NodeType.HUMAN_IN_THE_LOOP,
  subtype: "APPROVAL",
  description: 'Asks a person. Its input leaves by "approved", "rejected", or "expired" when no answer comes in time.',
  limitation:
    "This version of the engine does not ask people yet: a workflow with an APPROVAL can be stored but not run.",
  configuration: z.strictObject({
    prompt: text("The question to the person."),
    expires_after_seconds: z
      .number()
      .positive()
      .max(MAX_RUN_TIMEOUT_MS / 1000)
      .optional()
      .describe("Seconds to wait for the answer. Default: until the run's time limit."),
  }),
  outputKeys: ["approved", "rejected", "expired"],
};
