import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

export const webhook: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "WEBHOOK",
  description: "Starts a run when its URL is called. Its output is the body of that call.",
  limitation: "A webhook has no URL yet: start a run of this workflow with StartRun.",
  configuration: z.strictObject({}),
  outputKeys: [DEFAULT_OUTPUT],
  // StartRun runs the workflow too, to try it out.
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};
