import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

export const merge: NodeKind = {
  type: NodeType.FLOW,
  subtype: "MERGE",
  description:
    "Waits for all branches that lead to it and were taken. Its output is an object with the value of each branch, by the id of the node before.",
  configuration: z.strictObject({}),
  outputKeys: [DEFAULT_OUTPUT],
  gathersInput: true,
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};
