import { NodeType, type ValidationIssue, type WorkflowSpec } from "@agent-team/contracts";
import type { Graph } from "../graph.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";

/** The graph as a whole: one trigger, from which everything is reached, and no way back. */
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
    return [error("UNREACHABLE_NODE", pointer("nodes", index), `nothing leads from the trigger to "${id}"`)];
  });
}

function reachableFrom(start: string, graph: Graph): ReadonlySet<string> {
  const reached = new Set([start]);
  // A set can grow while it is walked: what is added is visited too.
  for (const id of reached) for (const { to } of graph.outbound(id)) reached.add(to);
  return reached;
}

function checkAcyclic(graph: Graph): readonly ValidationIssue[] {
  const cycle = findCycle(graph);
  if (cycle === undefined) return [];
  const closing = graph.edges.findIndex(({ from, to }) => from === cycle.at(-1) && to === cycle[0]);
  const message = `the connections lead in a circle: ${[...cycle, cycle[0]].join(" → ")}`;
  return [error("CYCLE", pointer("connections", closing), message)];
}

/** The nodes of one circle in its order, or `undefined`. Mending one often mends the others. */
function findCycle(graph: Graph): readonly string[] | undefined {
  const finished = new Set<string>();
  const path: string[] = [];
  const walk = (id: string): readonly string[] | undefined => {
    const start = path.indexOf(id);
    if (start >= 0) return path.slice(start);
    if (finished.has(id)) return undefined;
    path.push(id);
    for (const { to } of graph.outbound(id)) {
      const cycle = walk(to);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    finished.add(id);
    return undefined;
  };
  for (const id of graph.nodes.keys()) {
    const cycle = walk(id);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
