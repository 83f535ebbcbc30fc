import { type Node, NodeSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { type Edge, Graph } from "../graph.ts";
import { bodyOf } from "../loop-body.ts";
import type { RunStatus } from "./fold.ts";

/** A node of a loop's body, for one item. */
export interface Iteration {
  readonly loopId: string;
  readonly index: number;
  /** Its id in the workflow. */
  readonly nodeId: string;
}

/**
 * The graph of a run: that of its workflow, in which each loop that has begun has its body once for each item. A body node `post`
 * becomes `post.0`, `post.1`, …: ids of a workflow have no dot. A loop without items keeps its body, which is then skipped.
 *
 *                          ┌─item─► post.0 ─► note.0
 *   each ─item─► post ─► note   becomes   each ┼─item─► post.1 ─► note.1
 *      └result─► sum_up                        └result─► sum_up
 */
export class RunGraph extends Graph {
  readonly iterations: ReadonlyMap<string, Iteration>;
  /** By the id of the loop: the ids of its nodes for each item. */
  readonly loops: ReadonlyMap<string, readonly (readonly string[])[]>;

  constructor(graph: Graph, sizes: ReadonlyMap<string, number>) {
    const nodes = new Map(graph.nodes);
    const iterations = new Map<string, Iteration>();
    const loops = new Map<string, readonly (readonly string[])[]>();
    const edges = new Set(graph.edges);
    for (const [loopId, size] of sizes) {
      if (size === 0) continue;
      const body = new Set(bodyOf(loopId, graph));
      const inside = graph.edges.filter(({ to }) => body.has(to));
      for (const edge of inside) edges.delete(edge);
      for (const id of body) nodes.delete(id);
      const copies = Array.from({ length: size }, (_, index) => {
        for (const edge of inside) edges.add(copyEdge(edge, body, index));
        return [...body].map((nodeId) => {
          const id = copyId(nodeId, index);
          nodes.set(id, create(NodeSchema, { ...(graph.nodes.get(nodeId) as Node), id }));
          iterations.set(id, { loopId, index, nodeId });
          return id;
        });
      });
      loops.set(loopId, copies);
    }
    super(nodes, [...edges], graph.runTimeoutMs);
    this.iterations = iterations;
    this.loops = loops;
  }
}

function copyId(nodeId: string, index: number): string {
  return `${nodeId}.${index}`;
}

function copyEdge(edge: Edge, body: ReadonlySet<string>, index: number): Edge {
  const to = copyId(edge.to, index);
  return body.has(edge.from) ? { ...edge, from: copyId(edge.from, index), to } : { ...edge, to, item: index };
}

const latest = new WeakMap<Graph, { readonly key: string; readonly graph: RunGraph }>();

/** The graph of a run in this state. It differs between states only when a loop begins, so the last one is kept. */
export function runGraphOf(graph: Graph, { loops }: RunStatus): RunGraph {
  const sizes = new Map([...loops].map(([id, { items }]) => [id, items.length] as const));
  const key = JSON.stringify([...sizes]);
  const kept = latest.get(graph);
  if (kept?.key === key) return kept.graph;
  const made = new RunGraph(graph, sizes);
  latest.set(graph, { key, graph: made });
  return made;
}
