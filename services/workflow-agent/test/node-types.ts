// A catalogue with every form of configuration that the engine's has.

import { NodeType, type NodeTypeInfo, NodeTypeInfoSchema } from "@agent-team/contracts";
import { create, type JsonObject } from "@bufbuild/protobuf";

const object = (properties: JsonObject, required: readonly string[]): JsonObject => ({
  type: "object",
  properties,
  required: [...required],
  additionalProperties: false,
});

const kind = (type: NodeType, subtype: string, configurationSchema: JsonObject, outputKeys: readonly string[]) =>
  create(NodeTypeInfoSchema, {
    type,
    subtype,
    description: `Does ${subtype}.`,
    configurationSchema,
    outputKeys: [...outputKeys],
  });

export const NODE_TYPES: readonly NodeTypeInfo[] = [
  kind(
    NodeType.TRIGGER,
    "CRON",
    object({ expression: { type: "string" }, timezone: { type: "string", description: "IANA" } }, ["expression"]),
    ["result"],
  ),
  kind(
    NodeType.ACTION,
    "HTTP_REQUEST",
    object(
      {
        method: { type: "string", enum: ["GET", "POST"] },
        url: { type: "string" },
        headers: {
          type: "object",
          propertyNames: { type: "string" },
          additionalProperties: { anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }] },
        },
        body: { description: "Any JSON." },
        forward_headers: { type: "boolean" },
      },
      ["method", "url"],
    ),
    ["result"],
  ),
  kind(NodeType.FLOW, "IF", object({ condition: { type: "string" } }, ["condition"]), ["true", "false"]),
  kind(
    NodeType.FLOW,
    "DELAY",
    object({ duration_seconds: { type: "number", exclusiveMinimum: 0, maximum: 2_592_000 } }, ["duration_seconds"]),
    ["result"],
  ),
];
