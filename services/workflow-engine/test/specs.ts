import {
  type Connection,
  ConnectionSchema,
  type Node,
  NodeSchema,
  NodeType,
  type WorkflowSpec,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";

type NodeInit = MessageInitShape<typeof NodeSchema>;

/** "a -> b", "check -true-> notify". */
type Arrow = string;

/** A workflow from nodes and the arrows between them. */
export function specOf(nodes: readonly Node[], arrows: readonly Arrow[] = [], name = "test"): WorkflowSpec {
  return create(WorkflowSpecSchema, { name, nodes: [...nodes], connections: arrows.map((arrow) => connection(arrow)) });
}

/** The connection of an arrow, with an expression for its value. */
export function connection(arrow: Arrow, expression = ""): Connection {
  const [, fromNode = "", outputKey = "", toNode = ""] = /^(\w+) -(?:(\w+)-)?> (\w+)$/.exec(arrow) ?? [];
  return create(ConnectionSchema, { fromNode, toNode, outputKey, expression });
}

export function node(
  id: string,
  type: NodeType,
  subtype: string,
  configuration: JsonObject,
  more: NodeInit = {},
): Node {
  return create(NodeSchema, { id, name: id, type, subtype, configuration, ...more });
}

export function manual(id = "start", more: NodeInit = {}): Node {
  return node(id, NodeType.TRIGGER, "MANUAL", {}, more);
}

export function transform(id: string, expression: string, more: NodeInit = {}): Node {
  return node(id, NodeType.ACTION, "DATA_TRANSFORMATION", { expression: `{% ${expression} %}` }, more);
}

export function fetching(id: string, configuration: JsonObject, more: NodeInit = {}): Node {
  return node(id, NodeType.ACTION, "HTTP_REQUEST", { method: "GET", ...configuration }, more);
}

export function when(id: string, condition: string, more: NodeInit = {}): Node {
  return node(id, NodeType.FLOW, "IF", { condition: `{% ${condition} %}` }, more);
}

export function delay(id: string, seconds: number): Node {
  return node(id, NodeType.FLOW, "DELAY", { duration_seconds: seconds });
}

export function approval(id: string, configuration: JsonObject = {}): Node {
  return node(id, NodeType.HUMAN_IN_THE_LOOP, "APPROVAL", { prompt: "Go on?", ...configuration });
}

export function cron(expression: string, timezone?: string): Node {
  return node("start", NodeType.TRIGGER, "CRON", { expression, ...(timezone === undefined ? {} : { timezone }) });
}

export function webhook(configuration: JsonObject = {}): Node {
  return node("start", NodeType.TRIGGER, "WEBHOOK", configuration);
}

export function forEach(id: string, items: string, configuration: JsonObject = {}): Node {
  return node(id, NodeType.FLOW, "FOR_EACH", { items: `{% ${items} %}`, ...configuration });
}

export function merge(id: string): Node {
  return node(id, NodeType.FLOW, "MERGE", {});
}
