import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { NodeKind } from "../node-kind.ts";
import { checked } from "./fields.ts";

const configuration = z.strictObject({
  duration_seconds: z
    .number()
    .positive()
    .max(MAX_RUN_TIMEOUT_MS / 1000)
    .describe("Seconds to wait, at most 30 days."),
});

export const delay: NodeKind = {
  type: NodeType.FLOW,
  subtype: "DELAY",
  description: "Waits for a time, also while no engine runs. Its input leaves unchanged.",
  configuration,
  outputKeys: [DEFAULT_OUTPUT],
  run: (context) => {
    const { duration_seconds: seconds } = checked(configuration, context.configuration);
    return { wait: { forMs: seconds * 1000, outputKey: DEFAULT_OUTPUT } };
  },
};
