import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { maxRunTimeoutMs } from "../limits.ts";
import { text } from "./fields.ts";
import type { NodeKind } from "./node-kind.ts";

/** Does not run yet: the decision may come days later, so it needs runs that outlive their instance. */
export const approval: NodeKind = {
  type: NodeType.HUMAN_IN_THE_LOOP,
  subtype: "APPROVAL",
  description: 'Asks a person. Its input leaves by "approved", "rejected", or "expired" when nobody answers in time.',
  limitation:
    "This version of the engine does not ask people yet: a workflow with an APPROVAL can be stored, and no run of it starts.",
  configuration: z.strictObject({
    prompt: text("The question to the person."),
    expires_after_seconds: z
      .number()
      .positive()
      .max(maxRunTimeoutMs / 1000)
      .optional()
      .describe("How long to wait for the answer. Default: as long as the run may last."),
  }),
  outputKeys: ["approved", "rejected", "expired"],
};
