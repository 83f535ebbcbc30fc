import type { JsonValue } from "@bufbuild/protobuf";
import { type Edge, ERROR_OUTPUT, type Graph } from "../graph.ts";
import { isOpen, type NodeRun, type RunStatus } from "./fold.ts";

/**
 * The state of an edge:
 * - `waiting`: its source has not ended;
 * - `live`: the run left its source by this edge's output, with this value;
 * - `dead`: its source was skipped, or the run left it by another output.
 */
export type Flow = { readonly kind: "waiting" | "dead" } | { readonly kind: "live"; readonly value: JsonValue };

export function flowOf(edge: Edge, run: RunStatus): Flow {
  if (edge.item !== undefined) return { kind: "live", value: run.loops.get(edge.from)?.items[edge.item] ?? null };
  const source = run.nodes.get(edge.from);
  if (source === undefined || isOpen(source)) return { kind: "waiting" };
  const left = leftBy(source);
  return left?.outputKey === edge.outputKey ? { kind: "live", value: left.output } : { kind: "dead" };
}

/** The output by which the run left an ended node; it leaves a failed one by "error". */
function leftBy(node: NodeRun): { readonly outputKey: string; readonly output: JsonValue } | undefined {
  if (node.state === "succeeded") return node;
  if (node.state !== "failed") return undefined;
  const { code, message } = node.error;
  return { outputKey: ERROR_OUTPUT, output: { code, message } };
}

/** The output of the run: the output of its last node, or an object of its last nodes by id. */
export function outputOf(graph: Graph, run: RunStatus): JsonValue {
  const ids = [...run.nodes.keys()].filter((id) => graph.nodes.has(id));
  return lastOutput(ids, graph, run, (id) => id);
}

/** The same, of some nodes of the run. `nameOf` gives the name of a node in the object. */
export function lastOutput(
  ids: readonly string[],
  graph: Graph,
  run: RunStatus,
  nameOf: (id: string) => string,
): JsonValue {
  const last = ids.flatMap((id) => {
    const node = run.nodes.get(id);
    const leadsOn = graph.outbound(id).some((edge) => flowOf(edge, run).kind === "live");
    return node?.state === "succeeded" && !leadsOn ? [[nameOf(id), node.output] as const] : [];
  });
  return last.length === 1 && last[0] !== undefined ? last[0][1] : Object.fromEntries(last);
}
