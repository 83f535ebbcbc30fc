import { type Node, NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

const configuration = z.strictObject({
  payload: z
    .enum(["body", "request"])
    .optional()
    .describe(
      'What the output is: "body", the parsed body (default); or "request", { method, query, headers, body, raw_body }. Headers with credentials are left out.',
    ),
});

export const webhook: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "WEBHOOK",
  description:
    "Starts a run when its URL is called with POST while its workflow is active. Its output is the body of that call: JSON and forms are parsed, anything else is text.",
  configuration,
  outputKeys: [DEFAULT_OUTPUT],
  // StartRun runs the workflow too, to try it out.
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};

/** What a WEBHOOK node outputs; `undefined` for any other node. */
export function webhookPayloadOf({ type, subtype, configuration: given }: Node): "body" | "request" | undefined {
  if (type !== webhook.type || subtype !== webhook.subtype) return undefined;
  return configuration.safeParse(given ?? {}).data?.payload ?? "body";
}
