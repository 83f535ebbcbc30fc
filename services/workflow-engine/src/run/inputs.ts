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

/** Makes a value of a text of a configuration. */
interface Resolving {
  readonly evaluate: Evaluate;
  /** Replaces the references to secrets in a text of the workflow itself. Absent: the kind takes none. */
  readonly markSecrets?: ((text: string) => string) | undefined;
}

/**
 * A configuration with each `{% … %}` replaced by its value. They are computed one after the other, so that a node has at most
 * one expression in the queue.
 *
 * @throws NodeFailure SECRET_UNKNOWN for a reference to a secret in an expression, and in a kind that takes none
 */
export async function resolve(configuration: JsonObject, resolving: Resolving): Promise<JsonObject> {
  const entries: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(configuration)) entries.push([name, await resolveValue(value, resolving)]);
  return Object.fromEntries(entries);
}

async function resolveValue(value: JsonValue, resolving: Resolving): Promise<JsonValue> {
  if (typeof value === "string") return resolveString(value, resolving);
  if (value === null || typeof value !== "object") return value;
  if (!Array.isArray(value)) return resolve(value, resolving);
  const items: JsonValue[] = [];
  for (const item of value) items.push(await resolveValue(item, resolving));
  return items;
}

async function resolveString(text: string, { evaluate, markSecrets }: Resolving): Promise<JsonValue> {
  const secret = secretIn(text);
  const expression = expressionIn(text);
  if (secret === undefined) return expression === undefined ? text : evaluate(expression);
  // Sent as text it would show the receiver the name of a secret.
  if (markSecrets !== undefined && expression === undefined) return markSecrets(text);
  throw new NodeFailure("SECRET_UNKNOWN", `the secret "${secret}" cannot be filled in here`);
}
