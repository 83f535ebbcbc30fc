import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { z } from "zod";
import { expression } from "./fields.ts";
import type { NodeKind } from "./node-kind.ts";

// `if` is a word of the language, so the kind has its type before its name.
export const flowIf: NodeKind = {
  type: NodeType.FLOW,
  subtype: "IF",
  description: 'Chooses a branch. Its input leaves unchanged by "true" or by "false".',
  configuration: z.strictObject({ condition: expression("What decides.") }),
  outputKeys: ["true", "false"],
  run: ({ configuration, input }) => ({
    outputKey: isTrue(configuration["condition"] ?? null) ? "true" : "false",
    output: input,
  }),
};

/** What JSONata's own `$boolean` says: false are null, 0, "", an empty object, and an array without anything true. */
export function isTrue(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (value !== null && typeof value === "object") return Object.keys(value).length > 0;
  return Boolean(value);
}
