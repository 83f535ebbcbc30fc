import { type Node, NodeType } from "@agent-team/contracts";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { EncodedScope, type Expressions, type Scope, type Turn } from "../expressions.ts";
import type { Edge } from "../graph.ts";
import { NodeFailure } from "../node-failure.ts";
import { nodeKindOf } from "../nodes/catalogue.ts";
import { connectionExpression, expressionIn, secretIn } from "../template.ts";
import { flowOf } from "./flow.ts";
import type { RunStatus } from "./fold.ts";
import type { RunGraph } from "./run-graph.ts";

/** What the expressions of a node read besides its input. */
type Surroundings = Omit<Scope, "input">;

export function surroundingsOf(node: Node, graph: RunGraph, run: RunStatus): Surroundings {
  const ended = [...run.nodes].flatMap(([id, each]) =>
    each.state === "succeeded" && !graph.iterations.has(id) ? [[id, each.output] as const] : [],
  );
  const trigger = ended.find(([id]) => graph.nodes.get(id)?.type === NodeType.TRIGGER);
  return { nodes: Object.fromEntries([...ended, ...iterationOf(node, graph, run)]), trigger: trigger?.[1] ?? null };
}

/** In a loop: the item as the output of the loop, and the outputs of the nodes before for the same item. */
function iterationOf({ id }: Node, graph: RunGraph, run: RunStatus): readonly (readonly [string, JsonValue])[] {
  const iteration = graph.iterations.get(id);
  if (iteration === undefined) return [];
  const { loopId, index } = iteration;
  const ended = (graph.loops.get(loopId)?.[index] ?? []).flatMap((each) => {
    const node = run.nodes.get(each);
    return node?.state === "succeeded" ? [[plainId(each, graph), node.output] as const] : [];
  });
  return [[loopId, run.loops.get(loopId)?.items[index] ?? null], ...ended];
}

/** The id of a node in its workflow. */
function plainId(id: string, graph: RunGraph): string {
  return graph.iterations.get(id)?.nodeId ?? id;
}

/**
 * The input of a node: the value of each live edge, after the edge's expression. One value comes as it is. Several values, or
 * one for a kind with `gathersInput`, come as an object by the ids of the nodes before. The input of a trigger is the run's.
 */
export async function inputOf(
  node: Node,
  graph: RunGraph,
  run: RunStatus,
  expressions: Expressions,
  turn: Turn,
): Promise<JsonValue> {
  const edges = graph.inbound(node.id);
  if (edges.length === 0) return run.input;
  const surroundings = surroundingsOf(node, graph, run);
  const values: (readonly [string, JsonValue])[] = [];
  for (const edge of edges) {
    const flow = flowOf(edge, run);
    if (flow.kind !== "live") continue;
    const evaluate: Evaluate = (expression) =>
      expressions.evaluate(expression, new EncodedScope({ ...surroundings, input: flow.value }), turn);
    values.push([plainId(edge.from, graph), await valueOver(edge, flow.value, evaluate)]);
  }
  const only = values.length === 1 && nodeKindOf(node)?.gathersInput !== true ? values[0] : undefined;
  return only === undefined ? Object.fromEntries(values) : only[1];
}

async function valueOver(edge: Edge, value: JsonValue, evaluate: Evaluate): Promise<JsonValue> {
  const expression = connectionExpression(edge);
  return expression === "" ? value : evaluate(expression);
}

/** Computes the value of an expression. */
type Evaluate = (expression: string) => Promise<JsonValue>;

/**
 * A configuration with each `{% … %}` replaced by its value. They are computed one after the other, so that a node has at most
 * one expression in the queue.
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
  // Sent as text it would show the receiver the name of a secret.
  if (secret !== undefined) throw new NodeFailure("SECRET_UNKNOWN", `there is no secret "${secret}" in this version`);
  const expression = expressionIn(text);
  return expression === undefined ? text : evaluate(expression);
}
