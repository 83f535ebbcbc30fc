import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { z } from "zod";
import type { NodeKind } from "../node-kind.ts";
import { expression } from "./fields.ts";

// `if` is a keyword, so the name has the family before it.
export const flowIf: NodeKind = {
  type: NodeType.FLOW,
  subtype: "IF",
  description: 'Chooses a branch. Its input leaves unchanged by "true" or by "false".',
  configuration: z.strictObject({ condition: expression("The condition.") }),
  outputKeys: ["true", "false"],
  run: ({ configuration, input }) => ({
    outputKey: isTrue(configuration["condition"] ?? null) ? "true" : "false",
    output: input,
  }),
};

/** As JSONata's `$boolean`: false are null, 0, "", an empty object, and an array in which no item is true. */
export function isTrue(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (value !== null && typeof value === "object") return Object.keys(value).length > 0;
  return Boolean(value);
}
