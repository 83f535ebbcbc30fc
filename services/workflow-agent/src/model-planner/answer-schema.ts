import { type NodeTypeInfo, NodeTypeSchema } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import { nullable, strictObject, toStrict } from "./strict-schema.ts";

const TEXT: JsonObject = { type: "string" };
const TEXTS: JsonObject = { type: "array", items: TEXT };

/**
 * The answer of a model: a text for the person first, so that it streams, then questions or a workflow. `kind` is the first
 * property of a node, by which a provider tells the variants apart.
 */
export function answerSchema(catalogue: readonly NodeTypeInfo[]): JsonObject {
  const question = strictObject({ text: TEXT, options: TEXTS });
  const connection = strictObject({ from_node: TEXT, to_node: TEXT, output_key: TEXT });
  const workflow = strictObject({
    name: TEXT,
    description: TEXT,
    nodes: { type: "array", items: { anyOf: catalogue.map(nodeSchema) } },
    connections: { type: "array", items: connection },
  });
  const order: JsonObject = { type: "string", enum: ["none", "save", "run"] };
  return strictObject({
    reply: TEXT,
    questions: { type: "array", items: question },
    order,
    workflow: nullable(workflow),
  });
}

/** For instance "ACTION/HTTP_REQUEST". */
export function kindOf({ type, subtype }: Pick<NodeTypeInfo, "type" | "subtype">): string {
  return `${NodeTypeSchema.value[type]?.localName ?? type}/${subtype}`;
}

function nodeSchema(info: NodeTypeInfo): JsonObject {
  return strictObject({
    kind: { type: "string", enum: [kindOf(info)] },
    id: TEXT,
    name: TEXT,
    configuration: toStrict(info.configurationSchema ?? {}),
    needs_input: TEXTS,
    continue_on_error: { type: "boolean" },
    max_attempts: { type: "integer" },
    timeout_seconds: { type: "number" },
  });
}
