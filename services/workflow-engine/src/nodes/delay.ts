import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { NodeKind } from "../node-kind.ts";

/** Does not run yet: a wait must survive the end of its engine, which needs durable timers. */
export const delay: NodeKind = {
  type: NodeType.FLOW,
  subtype: "DELAY",
  description: "Waits for a time. Its input leaves unchanged.",
  limitation: "This version of the engine does not wait yet: a workflow with a DELAY can be stored but not run.",
  configuration: z.strictObject({
    duration_seconds: z
      .number()
      .positive()
      .max(MAX_RUN_TIMEOUT_MS / 1000)
      .describe("Seconds to wait, at most 30 days."),
  }),
  outputKeys: [DEFAULT_OUTPUT],
};
