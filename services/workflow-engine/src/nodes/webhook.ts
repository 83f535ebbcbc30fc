import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import type { NodeKind } from "./node-kind.ts";

export const webhook: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "WEBHOOK",
  description: "Starts a run when its URL is called. Its output is the body of that call.",
  limitation: "A webhook has no URL yet: runs of this workflow are started by hand (StartRun).",
  configuration: z.strictObject({}),
  outputKeys: [defaultOutput],
  // Also when the run was started by hand, which is how a webhook is tried out.
  run: ({ input }) => ({ outputKey: defaultOutput, output: input }),
};
