import type { JsonValue } from "@bufbuild/protobuf";
import { lastOutput } from "./flow.ts";
import { isOpen, type RunStatus } from "./fold.ts";
import type { RunGraph } from "./run-graph.ts";

/** How far a loop is. */
export interface LoopProgress {
  /** The items below this index may be worked on: they begin in their order. */
  readonly begunBelow: number;
  readonly hasEnded: boolean;
}

/** The progress of each loop that has begun and not ended. */
export function loopsOf(graph: RunGraph, run: RunStatus): ReadonlyMap<string, LoopProgress> {
  const open = [...run.loops].filter(([id]) => run.nodes.get(id)?.state === "looping");
  return new Map(
    open.map(([id, { items, maxConcurrency }]) => {
      const ended = (graph.loops.get(id) ?? []).filter((ids) => ids.every((each) => hasEnded(each, run))).length;
      return [id, { begunBelow: ended + maxConcurrency, hasEnded: ended === items.length }];
    }),
  );
}

/** The output of each item, in the order of the list. */
export function outputsOf(loopId: string, graph: RunGraph, run: RunStatus): readonly JsonValue[] {
  const nameOf = (id: string): string => graph.iterations.get(id)?.nodeId ?? id;
  return (graph.loops.get(loopId) ?? []).map((ids) => lastOutput(ids, graph, run, nameOf));
}

function hasEnded(nodeId: string, { nodes }: RunStatus): boolean {
  const node = nodes.get(nodeId);
  return node !== undefined && !isOpen(node);
}
