import type { Graph } from "../graph.ts";
import type { RunEvent } from "../run-event.ts";
import { foldRun, type NodeRun } from "./fold.ts";
import { runGraphOf } from "./run-graph.ts";

/**
 * The events by which a new run of the same workflow goes on where a run has ended: the ends of its nodes, without their starts. Left out
 * are the nodes that kept it from succeeding: those that failed without `continue_on_error`, and those that were canceled. A loop
 * keeps its list, and so its copies.
 */
export function keptEvents(workflow: Graph, events: readonly RunEvent[]): readonly RunEvent[] {
  const run = foldRun(events);
  const graph = runGraphOf(workflow, run);
  return [...run.nodes].flatMap(([nodeId, node]) => {
    const loop = events.filter((event) => event.type === "node_looping" && event.nodeId === nodeId);
    return [...loop, ...endOf(nodeId, node, graph.nodes.get(nodeId)?.continueOnError === true)];
  });
}

function endOf(nodeId: string, node: NodeRun, continuesOnError: boolean): readonly RunEvent[] {
  switch (node.state) {
    case "succeeded": {
      const { endMs: timeMs, input, outputKey, output, decision } = node;
      if (decision === undefined) return [{ type: "node_succeeded", timeMs, nodeId, input, outputKey, output }];
      return [
        { type: "node_waiting", timeMs, nodeId, input: output, outputKey },
        { type: "node_decided", timeMs, nodeId, outputKey, decision },
      ];
    }
    case "failed":
      if (!continuesOnError) return [];
      return [{ type: "node_failed", timeMs: node.endMs, nodeId, input: node.input, error: node.error }];
    case "skipped":
      return [{ type: "node_skipped", timeMs: node.endMs, nodeId }];
    default:
      return [];
  }
}
