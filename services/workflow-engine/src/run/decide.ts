import type { JsonValue } from "@bufbuild/protobuf";
import type { Graph } from "../graph.ts";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { RunEnd, RunEvent, RunFailure } from "../run-event.ts";
import { flowOf, outputOf } from "./flow.ts";
import { foldRun, isOpen, type NodeRun, type RunStatus } from "./fold.ts";
import { type LoopProgress, loopsOf, outputsOf } from "./loops.ts";
import { type RunGraph, runGraphOf } from "./run-graph.ts";

/** A step that the rules ask for. */
export type Command =
  | { readonly kind: "start" | "skip" | "abort"; readonly nodeId: string }
  | { readonly kind: "wake"; readonly nodeId: string; readonly outputKey: string }
  | { readonly kind: "join"; readonly nodeId: string; readonly outputs: readonly JsonValue[] }
  | { readonly kind: "time-out"; readonly reason: string }
  | { readonly kind: "end"; readonly end: RunEnd };

/**
 * The rules of a run, as a pure function: the same events at the same time give the same commands on any instance.
 *
 *                        ┌── retrying ◄─┐
 *                        ▼              │
 *   not reached ──► running ────────────┴──► succeeded | failed | canceled
 *        │               ├──► waiting ─────► succeeded | canceled
 *        │               └──► looping ─────► succeeded | failed | canceled
 *        └──► skipped
 *
 * A node starts when no edge to it is waiting and at least one is live. When all are dead it is skipped, so that skips spread
 * along the edges. The nodes of a loop are copied for each item (`RunGraph`); the loop ends when all copies have. After a failure that the workflow does not handle, no further node starts, waits end, the running nodes may
 * finish, and the run fails. After a stop request all open nodes are aborted. A run ends when no node is open and none can start.
 */
export function decide(workflow: Graph, events: readonly RunEvent[], nowMs: number): readonly Command[] {
  const run = foldRun(events);
  const graph = runGraphOf(workflow, run);
  if (run.end !== undefined) return [];
  const open = [...run.nodes].filter(([, node]) => isOpen(node));
  if (run.stop !== undefined) return open.length > 0 ? open.map(abort) : [endStopped(run.stop)];
  const timeOut = timeOutOf(graph, run);
  if (timeOut.atMs <= nowMs) return [{ kind: "time-out", reason: timeOut.reason }];
  const error = unhandledFailure(graph, run);
  if (error !== undefined) {
    if (open.length === 0) return [endWith({ state: "failed", error })];
    return open.filter(([, { state }]) => state !== "running").map(abort);
  }
  const loops = loopsOf(graph, run);
  const commands = [
    ...open.flatMap((entry) => wakeOf(entry, nowMs)),
    ...[...graph.nodes.keys()].flatMap((nodeId) => nextOf(nodeId, graph, run, loops)),
    ...[...loops].flatMap(([nodeId, { hasEnded }]) => (hasEnded ? [joinOf(nodeId, graph, run)] : [])),
  ];
  if (commands.length > 0 || open.length > 0) return commands;
  return [endWith({ state: "succeeded", output: outputOf(workflow, run) })];
}

/** The next moment at which the rules ask for something although nothing happens. */
export function nextMoment(graph: Graph, run: RunStatus): number {
  const wakes = [...run.nodes.values()].map((node) => wakeMsOf(node) ?? Infinity);
  return Math.min(timeOutOf(graph, run).atMs, ...wakes);
}

/** When a run has used up its time, and the reason for people. */
export function timeOutOf(
  graph: Graph,
  { startMs, active }: RunStatus,
): { readonly atMs: number; readonly reason: string } {
  const lifeEndMs = startMs + MAX_RUN_TIMEOUT_MS;
  const usedUpMs = active.usedUpMs(graph.runTimeoutMs) ?? Infinity;
  if (lifeEndMs < usedUpMs) return { atMs: lifeEndMs, reason: "the run took more than 30 days" };
  return { atMs: usedUpMs, reason: `the run took more than ${graph.runTimeoutMs / 1000} s` };
}

function wakeMsOf(node: NodeRun): number | undefined {
  return node.state === "waiting" || node.state === "retrying" ? node.wakeMs : undefined;
}

function wakeOf([nodeId, node]: readonly [string, NodeRun], nowMs: number): readonly Command[] {
  const wakeMs = wakeMsOf(node);
  if (wakeMs === undefined || wakeMs > nowMs) return [];
  if (node.state === "waiting") return [{ kind: "wake", nodeId, outputKey: node.outputKey }];
  return [{ kind: "start", nodeId }];
}

function nextOf(
  nodeId: string,
  graph: RunGraph,
  run: RunStatus,
  loops: ReadonlyMap<string, LoopProgress>,
): readonly Command[] {
  if (run.nodes.has(nodeId)) return [];
  const iteration = graph.iterations.get(nodeId);
  if (iteration !== undefined && iteration.index >= (loops.get(iteration.loopId)?.begunBelow ?? 0)) return [];
  const flows = graph.inbound(nodeId).map((edge) => flowOf(edge, run).kind);
  if (flows.includes("waiting")) return [];
  // A node without an edge is the trigger: validation refuses any other.
  const starts = flows.length === 0 || flows.includes("live");
  return [{ kind: starts ? "start" : "skip", nodeId }];
}

function joinOf(nodeId: string, graph: RunGraph, run: RunStatus): Command {
  return { kind: "join", nodeId, outputs: outputsOf(nodeId, graph, run) };
}

/** The first failure, in the order in which nodes were reached, of a node without `continue_on_error`. */
function unhandledFailure(graph: Graph, run: RunStatus): RunFailure | undefined {
  for (const [nodeId, node] of run.nodes) {
    if (node.state === "failed" && graph.nodes.get(nodeId)?.continueOnError !== true) return node.error;
  }
  return undefined;
}

function abort([nodeId]: readonly [string, NodeRun]): Command {
  return { kind: "abort", nodeId };
}

function endWith(end: RunEnd): Command {
  return { kind: "end", end };
}

function endStopped({ as, reason }: NonNullable<RunStatus["stop"]>): Command {
  const code = as === "canceled" ? "CANCELED" : "RUN_TIMEOUT";
  return endWith({ state: as, error: { code, message: reason, retryable: false, nodeId: "" } });
}
