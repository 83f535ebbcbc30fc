import {
  type NodeExecution,
  NodeExecutionSchema,
  NodeState,
  type Run,
  type RunError,
  RunErrorSchema,
  RunSchema,
  RunState,
} from "@agent-team/contracts";
import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { timestampFromMs, type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { maxPayloadBytes, maxPreviewBytes, maxPreviewsBytes } from "../limits.ts";
import type { RunFailure } from "../run/events.ts";
import { foldRun, type NodeRun, type RunStatus } from "../run/fold.ts";
import { jsonBytes } from "../store/document.ts";
import type { RunRecord } from "../store/run-record.ts";

/** How much of a run is shown: a list shows where it stands, a single run its nodes and its output too. */
export type RunView = "summary" | "full";

export function toRun(record: RunRecord, view: RunView): Run {
  const status = foldRun(record.events);
  const { end } = status;
  const run = create(RunSchema, {
    id: record.id,
    workflowId: record.workflowId,
    workflowVersion: record.workflowVersion,
    state: runStateOf(status),
    createTime: timestampFromMs(status.startMs),
  });
  if (end !== undefined) run.endTime = timestampFromMs(end.timeMs);
  if (end !== undefined && end.state !== "succeeded") run.error = toError(end.error);
  if (view === "summary") return run;
  const previews = new Room(maxPreviewsBytes, maxPreviewBytes);
  run.nodeExecutions = [...status.nodes].map(([id, node]) => toNodeExecution(id, node, previews));
  if (end?.state !== "succeeded") return run;
  if (jsonBytes(end.output) <= maxPayloadBytes) run.output = toValue(end.output);
  else run.outputOmitted = true;
  return run;
}

export function runStateOf({ end, nodes }: RunStatus): RunState {
  switch (end?.state) {
    case undefined:
      return nodes.size === 0 ? RunState.PENDING : RunState.RUNNING;
    case "succeeded":
      return RunState.SUCCEEDED;
    case "failed":
      return RunState.FAILED;
    case "canceled":
      return RunState.CANCELED;
    case "timed_out":
      return RunState.TIMED_OUT;
  }
}

const nodeStates: Readonly<Record<NodeRun["state"], NodeState>> = {
  running: NodeState.RUNNING,
  succeeded: NodeState.SUCCEEDED,
  failed: NodeState.FAILED,
  skipped: NodeState.SKIPPED,
  canceled: NodeState.CANCELED,
};

/** Values that `room` has no place for are left out, and that is said. */
export function toNodeExecution(nodeId: string, node: NodeRun, room: Room): NodeExecution {
  const execution = create(NodeExecutionSchema, { nodeId, state: nodeStates[node.state] });
  execution.startTime = timestampFromMs(node.startMs);
  if (node.state !== "running") execution.endTime = timestampFromMs(node.endMs);
  if (node.state !== "skipped") execution.attempt = 1;
  if (node.state === "failed") execution.error = toError(node.error);
  if (node.state === "succeeded") {
    execution.outputKey = node.outputKey;
    if (room.takes(node.output)) execution.output = toValue(node.output);
    else execution.payloadOmitted = true;
  }
  if ((node.state === "succeeded" || node.state === "failed") && node.input !== undefined) {
    if (room.takes(node.input)) execution.input = toValue(node.input);
    else execution.payloadOmitted = true;
  }
  return execution;
}

/** How much of the values of nodes one answer shows. */
export class Room {
  #left: number;
  readonly #maxEach: number;

  constructor(total: number, maxEach: number) {
    this.#left = total;
    this.#maxEach = maxEach;
  }

  /** Takes the place for a value, if there is enough. */
  takes(value: JsonValue): boolean {
    const bytes = jsonBytes(value);
    if (bytes > Math.min(this.#left, this.#maxEach)) return false;
    this.#left -= bytes;
    return true;
  }
}

function toValue(value: JsonValue): Value {
  return fromJson(ValueSchema, value);
}

function toError({ code, message, nodeId, retryable }: RunFailure): RunError {
  return create(RunErrorSchema, { code, message, nodeId, retryable });
}
