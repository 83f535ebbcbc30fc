import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { z } from "zod";
import { DEFAULT_OUTPUT, ITEM_OUTPUT } from "../graph.ts";
import { MAX_LOOP_CONCURRENCY, MAX_LOOP_NODES } from "../limits.ts";
import type { NodeKind } from "../node-kind.ts";
import { checked, expression } from "./fields.ts";

const configuration = z.strictObject({
  items: expression("The list. As in JSONata, no value is an empty list, and a single value is a list of one."),
  max_concurrency: z
    .number()
    .int()
    .min(1)
    .max(MAX_LOOP_CONCURRENCY)
    .optional()
    .describe(`How many items are worked on at once, at most ${MAX_LOOP_CONCURRENCY}. Default 1: one after the other.`),
});

const values = configuration.extend({ items: z.json() });

export const forEach: NodeKind = {
  type: NodeType.FLOW,
  subtype: "FOR_EACH",
  description:
    `Runs the nodes behind its output "item" once for each item of a list, and then leaves by "result" with the list of their outputs. ` +
    `In the loop "input" of the first node and "nodes" of this one are the item. At most ${MAX_LOOP_NODES} items × nodes of the loop.`,
  configuration,
  outputKeys: [ITEM_OUTPUT, DEFAULT_OUTPUT],
  run: (context) => {
    const { items, max_concurrency: maxConcurrency = 1 } = checked(values, {
      ...context.configuration,
      items: context.configuration["items"] ?? null,
    });
    return { loop: { items: toList(items), maxConcurrency } };
  },
};

function toList(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  return value === null ? [] : [value];
}
