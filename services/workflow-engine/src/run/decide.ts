import type { Graph } from "../graph.ts";
import type { RunEnd, RunEvent, RunFailure } from "../run-event.ts";
import { flowOf, outputOf } from "./flow.ts";
import { foldRun, type RunStatus } from "./fold.ts";

/** A step that the rules ask for. */
export type Command =
  | { readonly kind: "start" | "skip" | "abort"; readonly nodeId: string }
  | { readonly kind: "end"; readonly end: RunEnd };

/**
 * The rules of a run, as a pure function: the same events give the same commands on any instance.
 *
 *   not reached ──► running ──► succeeded | failed | canceled
 *        └──► skipped
 *
 * A node starts when no edge to it is waiting and at least one is live. When all are dead it is skipped, so that skips spread
 * along the edges. After a failure that the workflow does not handle, no further node starts, the running ones may finish, and
 * the run fails. After a stop request the running nodes are aborted. A run ends when no node runs and none can start.
 */
export function decide(graph: Graph, events: readonly RunEvent[]): readonly Command[] {
  const run = foldRun(events);
  if (run.end !== undefined) return [];
  const running = [...run.nodes].filter(([, { state }]) => state === "running").map(([nodeId]) => nodeId);
  if (run.stop !== undefined) {
    return running.length > 0 ? running.map((nodeId) => ({ kind: "abort", nodeId })) : [endStopped(run.stop)];
  }
  const error = unhandledFailure(graph, run);
  if (error !== undefined) return running.length > 0 ? [] : [endWith({ state: "failed", error })];
  const commands = [...graph.nodes.keys()].flatMap((nodeId) => nextOf(nodeId, graph, run));
  if (commands.length > 0 || running.length > 0) return commands;
  return [endWith({ state: "succeeded", output: outputOf(graph, run) })];
}

function nextOf(nodeId: string, graph: Graph, run: RunStatus): readonly Command[] {
  if (run.nodes.has(nodeId)) return [];
  const flows = graph.inbound(nodeId).map((edge) => flowOf(edge, run).kind);
  if (flows.includes("waiting")) return [];
  // A node without an edge is the trigger: validation refuses any other.
  const starts = flows.length === 0 || flows.includes("live");
  return [{ kind: starts ? "start" : "skip", nodeId }];
}

/** The first failure, in the order in which nodes were reached, of a node without `continue_on_error`. */
function unhandledFailure(graph: Graph, run: RunStatus): RunFailure | undefined {
  for (const [nodeId, node] of run.nodes) {
    if (node.state === "failed" && graph.nodes.get(nodeId)?.continueOnError !== true) return node.error;
  }
  return undefined;
}

function endWith(end: RunEnd): Command {
  return { kind: "end", end };
}

function endStopped({ as, reason }: NonNullable<RunStatus["stop"]>): Command {
  const code = as === "canceled" ? "CANCELED" : "RUN_TIMEOUT";
  return endWith({ state: as, error: { code, message: reason, retryable: false, nodeId: "" } });
}
