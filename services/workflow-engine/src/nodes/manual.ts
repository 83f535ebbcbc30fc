import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

export const manual: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "MANUAL",
  description: "Starts a run on request (StartRun). Its output is the input of the run.",
  configuration: z.strictObject({}),
  outputKeys: [DEFAULT_OUTPUT],
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};
