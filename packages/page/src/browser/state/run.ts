/** A run as its events tell it: its state, the state of each node, and what waits for a decision. */

import type { Approval, NodeExecution, NodeState, Run, RunError, RunMessage, RunState } from "../api/types.ts";

export interface RunProgress {
  readonly state: RunState;
  readonly error: RunError | undefined;
  /** By id; of a node in a loop one for each item, such as "post.0". */
  readonly executions: ReadonlyMap<string, NodeExecution>;
  readonly approvals: readonly Approval[];
}

export const NEW_RUN: RunProgress = { state: "PENDING", error: undefined, executions: new Map(), approvals: [] };

const FINAL: ReadonlySet<RunState> = new Set(["SUCCEEDED", "FAILED", "CANCELED", "TIMED_OUT"]);

export function isFinal(state: RunState): boolean {
  return FINAL.has(state);
}

export function isLastOfRun({ run_state_changed }: RunMessage): boolean {
  return isFinal(run_state_changed?.state ?? "PENDING");
}

export function reduceRun(run: RunProgress, message: RunMessage): RunProgress {
  const { run_state_changed, node_changed, approval_requested, history_truncated } = message;
  if (history_truncated !== undefined) return NEW_RUN;
  if (node_changed !== undefined) return withNode(run, node_changed);
  if (approval_requested !== undefined) return { ...run, approvals: [...run.approvals, approval_requested] };
  if (run_state_changed === undefined) return run;
  const { state = run.state, error } = run_state_changed;
  return { ...run, state, error, approvals: isFinal(state) ? [] : run.approvals };
}

function withNode(run: RunProgress, node: NodeExecution): RunProgress {
  const executions = new Map(run.executions).set(node.node_id, node);
  const hasEnded = node.state !== "WAITING" && node.state !== "RUNNING";
  // The node waits before its question comes: only its end takes the question away.
  return {
    ...run,
    executions,
    approvals: hasEnded ? run.approvals.filter(({ node_id }) => node_id !== node.node_id) : run.approvals,
  };
}

/** As its events would have told it by now. */
export function progressOf({ state, error, node_executions = [], pending_approvals = [] }: Run): RunProgress {
  const executions = new Map(node_executions.map((node) => [node.node_id, node]));
  return { state, error, executions, approvals: pending_approvals };
}

/** The state of a node of the graph, over all items of a loop. */
export interface NodeSummary {
  readonly state: NodeState;
  /** Of a loop's items: how many have ended, of how many. */
  readonly items: { readonly ended: number; readonly all: number } | undefined;
}

/** What is worth showing first when the items of a loop differ. */
const WEIGHT: readonly NodeState[] = ["FAILED", "WAITING", "RETRYING", "RUNNING", "CANCELED", "SUCCEEDED", "SKIPPED"];

export function summariseNodes(executions: ReadonlyMap<string, NodeExecution>): ReadonlyMap<string, NodeSummary> {
  const groups = Map.groupBy(executions.values(), ({ node_id }) => node_id.split(".")[0] ?? node_id);
  return new Map([...groups].map(([id, group]) => [id, summarise(id, group)]));
}

function summarise(id: string, group: readonly NodeExecution[]): NodeSummary {
  const states = group.map(({ state = "RUNNING" }) => state);
  const state = WEIGHT.find((each) => states.includes(each)) ?? "RUNNING";
  const isLoop = group.some(({ node_id }) => node_id !== id);
  const ended = states.filter((each) => each === "SUCCEEDED" || each === "FAILED" || each === "SKIPPED").length;
  return { state, items: isLoop ? { ended, all: group.length } : undefined };
}
