import { NodeType, type ValidationIssue, type WorkflowSpec } from "@agent-team/contracts";
import type { Graph } from "../graph.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";

/** The graph as a whole: it has one trigger, which leads to every node, and no cycle. */
export function checkTopology(spec: WorkflowSpec, graph: Graph): readonly ValidationIssue[] {
  return [...checkTrigger(spec, graph), ...checkAcyclic(graph)];
}

function checkTrigger({ nodes }: WorkflowSpec, graph: Graph): readonly ValidationIssue[] {
  const triggers = nodes.flatMap((node, index) => (node.type === NodeType.TRIGGER ? [{ node, index }] : []));
  const [first, ...others] = triggers;
  if (first === undefined) {
    return [error("NO_TRIGGER", "/nodes", "a workflow starts with a trigger: MANUAL, CRON or WEBHOOK")];
  }
  if (others.length > 0) {
    const message = `a workflow has one trigger, and "${first.node.id}" is one already`;
    return others.map(({ index }) => error("SEVERAL_TRIGGERS", pointer("nodes", index), message));
  }
  const reached = reachableFrom(first.node.id, graph);
  return nodes.flatMap(({ id }, index) => {
    if (reached.has(id)) return [];
    return [error("UNREACHABLE_NODE", pointer("nodes", index), `no connections lead from the trigger to "${id}"`)];
  });
}

function reachableFrom(start: string, graph: Graph): ReadonlySet<string> {
  const reached = new Set([start]);
  // Iterating over a set visits the members that are added meanwhile.
  for (const id of reached) for (const { to } of graph.outbound(id)) reached.add(to);
  return reached;
}

function checkAcyclic(graph: Graph): readonly ValidationIssue[] {
  const cycle = findCycle(graph);
  if (cycle === undefined) return [];
  const closing = graph.edges.findIndex(({ from, to }) => from === cycle.at(-1) && to === cycle[0]);
  const message = `the connections form a cycle: ${[...cycle, cycle[0]].join(" → ")}`;
  return [error("CYCLE", pointer("connections", closing), message)];
}

/** The nodes of one cycle in its order; `undefined` when there is none. One is enough: mending it often mends the others. */
function findCycle(graph: Graph): readonly string[] | undefined {
  const finished = new Set<string>();
  const path: string[] = [];
  const walk = (id: string): readonly string[] | undefined => {
    const start = path.indexOf(id);
    if (start >= 0) return path.slice(start);
    if (finished.has(id)) return undefined;
    path.push(id);
    const cycle = firstOf(graph.outbound(id), ({ to }) => walk(to));
    path.pop();
    finished.add(id);
    return cycle;
  };
  return firstOf(graph.nodes.keys(), walk);
}

/** The first result that is not `undefined`; asks no further item after it. */
function firstOf<T, R>(items: Iterable<T>, ask: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = ask(item);
    if (result !== undefined) return result;
  }
  return undefined;
}
