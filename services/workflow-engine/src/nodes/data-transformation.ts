import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import { expression } from "./fields.ts";
import type { NodeKind } from "./node-kind.ts";

export const dataTransformation: NodeKind = {
  type: NodeType.ACTION,
  subtype: "DATA_TRANSFORMATION",
  description: "Computes a value. Its output is what the expression gives.",
  configuration: z.strictObject({ expression: expression("What to compute.") }),
  outputKeys: [defaultOutput],
  run: ({ configuration }) => ({ outputKey: defaultOutput, output: configuration["expression"] ?? null }),
};
