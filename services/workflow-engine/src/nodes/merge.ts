import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import type { NodeKind } from "./node-kind.ts";

export const mergeSubtype = "MERGE";

export const merge: NodeKind = {
  type: NodeType.FLOW,
  subtype: mergeSubtype,
  description:
    "Waits for all branches that lead to it and were taken. Its output is an object of their values, by the id of the node each comes from.",
  configuration: z.strictObject({}),
  outputKeys: [defaultOutput],
  run: ({ input }) => ({ outputKey: defaultOutput, output: input }),
};
