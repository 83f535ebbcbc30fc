import { type Node, NodeType } from "@agent-team/contracts";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { ExpressionEvaluator, Turn } from "../expression/evaluator.ts";
import { EncodedScope, type Scope } from "../expression/scope.ts";
import { expressionIn, secretIn } from "../expression/template.ts";
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
  turn: Turn,
): Promise<JsonValue> {
  const edges = graph.inbound(node.id);
  if (edges.length === 0) return run.input;
  const surroundings = surroundingsOf(graph, run);
  const values: (readonly [string, JsonValue])[] = [];
  for (const edge of edges) {
    const flow = flowOf(edge, run);
    if (flow.kind !== "live") continue;
    const expression = expressionIn(edge.expression) ?? edge.expression;
    const scope = new EncodedScope({ ...surroundings, input: flow.value });
    values.push([edge.from, expression === "" ? flow.value : await expressions.evaluate(expression, scope, turn)]);
  }
  const only = values.length === 1 && node.subtype !== mergeSubtype ? values[0] : undefined;
  return only === undefined ? Object.fromEntries(values) : only[1];
}

/** Computes the expressions of a configuration. */
export type Evaluate = (expression: string) => Promise<JsonValue>;

/**
 * A configuration with each `{% … %}` replaced by its value. One after the other, so that a node never has more than one
 * expression in the queue.
 */
export async function resolve(configuration: JsonObject, evaluate: Evaluate): Promise<JsonObject> {
  const entries: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(configuration)) entries.push([name, await resolveValue(value, evaluate)]);
  return Object.fromEntries(entries);
}

async function resolveValue(value: JsonValue, evaluate: Evaluate): Promise<JsonValue> {
  if (typeof value === "string") return resolveString(value, evaluate);
  if (value === null || typeof value !== "object") return value;
  if (!Array.isArray(value)) return resolve(value, evaluate);
  const items: JsonValue[] = [];
  for (const item of value) items.push(await resolveValue(item, evaluate));
  return items;
}

async function resolveString(text: string, evaluate: Evaluate): Promise<JsonValue> {
  const secret = secretIn(text);
  // Sent as it stands it would tell a stranger which secrets there are.
  if (secret !== undefined) throw new NodeFailure("SECRET_UNKNOWN", `there is no secret "${secret}" in this version`);
  const expression = expressionIn(text);
  return expression === undefined ? text : evaluate(expression);
}
