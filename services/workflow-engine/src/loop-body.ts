import { type Graph, ITEM_OUTPUT } from "./graph.ts";

/** The nodes that run once for each item: all behind the output "item", in the order of the graph. */
export function bodyOf(loopId: string, graph: Graph): readonly string[] {
  const reached = new Set(graph.outbound(loopId).flatMap((edge) => (edge.outputKey === ITEM_OUTPUT ? [edge.to] : [])));
  // Iterating over a set visits the members that are added meanwhile.
  for (const id of reached) for (const { to } of graph.outbound(id)) reached.add(to);
  return [...graph.nodes.keys()].filter((id) => reached.has(id));
}
