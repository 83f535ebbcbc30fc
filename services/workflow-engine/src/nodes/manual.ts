import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import type { NodeKind } from "./node-kind.ts";

export const manual: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "MANUAL",
  description: "Starts a run by hand. Its output is the input that the run was started with.",
  configuration: z.strictObject({}),
  outputKeys: [defaultOutput],
  run: ({ input }) => ({ outputKey: defaultOutput, output: input }),
};
