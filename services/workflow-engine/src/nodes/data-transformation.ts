import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";
import { expression } from "./fields.ts";

export const dataTransformation: NodeKind = {
  type: NodeType.ACTION,
  subtype: "DATA_TRANSFORMATION",
  description: "Computes a value. Its output is the value of the expression.",
  configuration: z.strictObject({ expression: expression("The value.") }),
  outputKeys: [DEFAULT_OUTPUT],
  run: ({ configuration }) => ({ outputKey: DEFAULT_OUTPUT, output: configuration["expression"] ?? null }),
};
