import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import { maxRunTimeoutMs } from "../limits.ts";
import type { NodeKind } from "./node-kind.ts";

/** Does not run yet: a wait that ends with the process would be a promise broken in silence. It needs durable timers. */
export const delay: NodeKind = {
  type: NodeType.FLOW,
  subtype: "DELAY",
  description: "Waits for a time. Its input leaves unchanged.",
  limitation:
    "This version of the engine does not wait yet: a workflow with a DELAY can be stored, and no run of it starts.",
  configuration: z.strictObject({
    duration_seconds: z
      .number()
      .positive()
      .max(maxRunTimeoutMs / 1000)
      .describe("How long to wait, at most 30 days."),
  }),
  outputKeys: [defaultOutput],
};
