import type { JsonValue } from "@bufbuild/protobuf";
import type { RunEnd, RunEvent, RunFailure } from "../run-event.ts";

/** The state of one node; absent for a node that the run has not reached. */
export type NodeRun = { readonly startMs: number } & (
  | { readonly state: "running" }
  | ({ readonly state: "succeeded"; readonly endMs: number; readonly input?: JsonValue | undefined } & NodeOutput)
  | {
      readonly state: "failed";
      readonly endMs: number;
      readonly input?: JsonValue | undefined;
      readonly error: RunFailure;
    }
  | { readonly state: "skipped" | "canceled"; readonly endMs: number }
);

interface NodeOutput {
  readonly outputKey: string;
  readonly output: JsonValue;
}

/** The state of a run. */
export interface RunStatus {
  readonly input: JsonValue;
  readonly startMs: number;
  readonly nodes: ReadonlyMap<string, NodeRun>;
  /** Who drives the run; absent until an engine has taken it. */
  readonly driver: string | undefined;
  readonly stop: Extract<RunEvent, { type: "stop_requested" }> | undefined;
  readonly end: (RunEnd & { readonly timeMs: number }) | undefined;
}

/** Folds events into the state of the run. Pure. An event of a node in a final state changes nothing. */
export function foldRun(events: readonly RunEvent[]): RunStatus {
  const nodes = new Map<string, NodeRun>();
  let status: RunStatus = { input: null, startMs: 0, nodes, driver: undefined, stop: undefined, end: undefined };
  for (const event of events) {
    switch (event.type) {
      case "run_started":
        status = { ...status, input: event.input, startMs: event.timeMs };
        break;
      case "run_taken":
        status = { ...status, driver: event.driver };
        break;
      case "stop_requested":
        status = { ...status, stop: status.stop ?? event };
        break;
      case "run_ended":
        status = { ...status, end: event };
        break;
      default:
        foldNode(nodes, event);
    }
  }
  return status;
}

type NodeEvent = Extract<RunEvent, { readonly nodeId: string }>;

function foldNode(nodes: Map<string, NodeRun>, event: NodeEvent): void {
  const before = nodes.get(event.nodeId);
  if (before !== undefined && before.state !== "running") return;
  const startMs = before?.startMs ?? event.timeMs;
  nodes.set(event.nodeId, { startMs, ...recordOf(event) });
}

type Unstarted<T> = T extends unknown ? Omit<T, "startMs"> : never;

function recordOf(event: NodeEvent): Unstarted<NodeRun> {
  const endMs = event.timeMs;
  switch (event.type) {
    case "node_started":
      return { state: "running" };
    case "node_succeeded":
      return { state: "succeeded", endMs, input: event.input, outputKey: event.outputKey, output: event.output };
    case "node_failed":
      return { state: "failed", endMs, input: event.input, error: event.error };
    case "node_skipped":
      return { state: "skipped", endMs };
    case "node_canceled":
      return { state: "canceled", endMs };
    default:
      return event satisfies never;
  }
}
