import { type Node, NodeType } from "@agent-team/contracts";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { ExpressionEvaluator } from "../expression/evaluator.ts";
import type { Scope } from "../expression/scope.ts";
import { expressionIn } from "../expression/template.ts";
import type { Graph } from "../graph.ts";
import { mergeSubtype } from "../nodes/merge.ts";
import { flowOf } from "./flow.ts";
import type { RunStatus } from "./fold.ts";
import { NodeFailure } from "./node-failure.ts";

/** What a node's expressions see besides its input. */
export type Surroundings = Omit<Scope, "input">;

export function surroundingsOf(graph: Graph, run: RunStatus): Surroundings {
  const ended = [...run.nodes].flatMap(([id, node]) =>
    node.state === "succeeded" ? [[id, node.output] as const] : [],
  );
  const trigger = ended.find(([id]) => graph.nodes.get(id)?.type === NodeType.TRIGGER);
  return { nodes: Object.fromEntries(ended), trigger: trigger?.[1] ?? null };
}

/**
 * What comes in over the live edges of a node, each after its expression. One value comes as it is; several, and
 * everything that comes to a MERGE, as an object by the id of the node each comes from. The trigger's input is the run's.
 */
export async function inputOf(
  node: Node,
  graph: Graph,
  run: RunStatus,
  expressions: ExpressionEvaluator,
): Promise<JsonValue> {
  const edges = graph.inbound(node.id);
  if (edges.length === 0) return run.input;
  const surroundings = surroundingsOf(graph, run);
  const values: (readonly [string, JsonValue])[] = [];
  for (const edge of edges) {
    const flow = flowOf(edge, run);
    if (flow.kind !== "live") continue;
    const expression = expressionIn(edge.expression) ?? edge.expression;
    const scope = { ...surroundings, input: flow.value };
    values.push([edge.from, expression === "" ? flow.value : await expressions.evaluate(expression, scope)]);
  }
  const only = values.length === 1 && node.subtype !== mergeSubtype ? values[0] : undefined;
  return only === undefined ? Object.fromEntries(values) : only[1];
}

/** A configuration with each `{% … %}` replaced by its value. */
export async function resolve(
  configuration: JsonObject,
  scope: Scope,
  expressions: ExpressionEvaluator,
): Promise<JsonObject> {
  const entries: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(configuration)) {
    entries.push([name, await resolveValue(value, scope, expressions)]);
  }
  return Object.fromEntries(entries);
}

async function resolveValue(value: JsonValue, scope: Scope, expressions: ExpressionEvaluator): Promise<JsonValue> {
  if (typeof value === "string") return resolveString(value, scope, expressions);
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveValue(item, scope, expressions)));
  return value !== null && typeof value === "object" ? resolve(value, scope, expressions) : value;
}

async function resolveString(text: string, scope: Scope, expressions: ExpressionEvaluator): Promise<JsonValue> {
  const secret = /\{\{secret:([^}]*)\}\}/.exec(text)?.[1];
  // Sent as it stands it would tell a stranger which secrets there are.
  if (secret !== undefined) throw new NodeFailure("SECRET_UNKNOWN", `there is no secret "${secret}" in this version`);
  const expression = expressionIn(text);
  return expression === undefined ? text : expressions.evaluate(expression, scope);
}
