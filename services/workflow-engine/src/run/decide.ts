import type { JsonValue } from "@bufbuild/protobuf";
import type { Graph } from "../graph.ts";
import type { RunEnd, RunEvent, RunFailure } from "./events.ts";
import { flowOf, outputOf } from "./flow.ts";
import { foldRun, type RunStatus } from "./fold.ts";

/** What is to be done next. */
export type Command =
  | { readonly kind: "start" | "skip" | "abort"; readonly nodeId: string }
  | { readonly kind: "end"; readonly end: RunEnd };

/**
 * The rules of a run, as a pure function: the same events always give the same commands, on any instance.
 *
 *   not reached ──► running ──► succeeded | failed | canceled
 *        └──► skipped
 *
 * A node starts when every edge that leads to it has been decided and at least one is live; when all are dead it is
 * skipped, and so skips spread. After a failure that the workflow does not handle nothing new starts, what runs may
 * finish, and the run fails. After a stop request what runs is aborted. A run ends when nothing runs and nothing can start.
 */
export function decide(graph: Graph, events: readonly RunEvent[]): readonly Command[] {
  const run = foldRun(events);
  if (run.end !== undefined) return [];
  const running = [...run.nodes].filter(([, { state }]) => state === "running").map(([nodeId]) => nodeId);
  if (run.stop !== undefined) {
    if (running.length > 0) return running.map((nodeId) => ({ kind: "abort", nodeId }));
    return [endStopped(run.stop)];
  }
  const failure = unhandledFailure(graph, run);
  if (failure !== undefined)
    return running.length > 0 ? [] : [{ kind: "end", end: { state: "failed", error: failure } }];

  const commands = [...graph.nodes.keys()].flatMap((nodeId) => nextOf(nodeId, graph, run));
  if (commands.length > 0 || running.length > 0) return commands;
  return [endSucceeded(outputOf(graph, run))];
}

function nextOf(nodeId: string, graph: Graph, run: RunStatus): readonly Command[] {
  if (run.nodes.has(nodeId)) return [];
  const flows = graph.inbound(nodeId).map((edge) => flowOf(edge, run).kind);
  if (flows.includes("waiting")) return [];
  // Without any edge it is the trigger: validation lets nothing else stand alone.
  const starts = flows.length === 0 || flows.includes("live");
  return [{ kind: starts ? "start" : "skip", nodeId }];
}

/** The first failure, in the order of the nodes, whose node does not go on by "error". */
function unhandledFailure(graph: Graph, run: RunStatus): RunFailure | undefined {
  for (const [nodeId, node] of run.nodes) {
    if (node.state === "failed" && graph.nodes.get(nodeId)?.continueOnError !== true) return node.error;
  }
  return undefined;
}

function endSucceeded(output: JsonValue): Command {
  return { kind: "end", end: { state: "succeeded", output } };
}

function endStopped({ as, reason }: NonNullable<RunStatus["stop"]>): Command {
  const code = as === "canceled" ? "CANCELED" : "RUN_TIMEOUT";
  return { kind: "end", end: { state: as, error: { code, message: reason, retryable: false, nodeId: "" } } };
}
