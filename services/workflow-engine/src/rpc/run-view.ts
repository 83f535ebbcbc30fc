import {
  type ApprovalRequested,
  ApprovalRequestedSchema,
  DecisionSchema,
  type NodeExecution,
  NodeExecutionSchema,
  NodeState,
  type Run,
  type RunError,
  RunErrorSchema,
  RunSchema,
  RunState,
} from "@agent-team/contracts";
import { create, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import { timestampFromMs, type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { jsonBytes } from "../json-problem.ts";
import { MAX_PAYLOAD_BYTES, MAX_PREVIEW_BYTES, MAX_PREVIEWS_BYTES } from "../limits.ts";
import { foldRun, isOpen, type NodeRun, type RunStatus } from "../run/fold.ts";
import type { Decision, RunFailure } from "../run-event.ts";
import type { RunHeader, RunRecord } from "../run-log.ts";
import type { ListedRun } from "../store/run-store.ts";

const NODE_STATES: Readonly<Record<NodeRun["state"], NodeState>> = {
  running: NodeState.RUNNING,
  waiting: NodeState.WAITING,
  looping: NodeState.RUNNING,
  retrying: NodeState.RETRYING,
  succeeded: NodeState.SUCCEEDED,
  failed: NodeState.FAILED,
  skipped: NodeState.SKIPPED,
  canceled: NodeState.CANCELED,
};

/** A run as a list shows it: its state, its times and its error. */
export function toRunSummary(run: ListedRun): Run {
  const events = run.end === undefined ? run.events : [...run.events, run.end];
  const summary = summaryOf(run, foldRun(events));
  if (summary.state === RunState.PENDING && run.isParked === true) summary.state = RunState.WAITING;
  if (summary.state === RunState.PENDING && run.hasStarted) summary.state = RunState.RUNNING;
  return summary;
}

/** A run as GetRun shows it: with its nodes and its output. */
export function toRun(record: RunRecord): Run {
  const status = foldRun(record.events);
  const run = summaryOf(record, status);
  if (status.end === undefined) run.pendingApprovals = [...status.nodes].flatMap(toPendingApproval);
  const previews = new PayloadBudget(MAX_PREVIEWS_BYTES, MAX_PREVIEW_BYTES);
  run.nodeExecutions = [...status.nodes].map(([id, node]) => toNodeExecution(id, node, previews));
  if (status.end?.state !== "succeeded") return run;
  if (jsonBytes(status.end.output) <= MAX_PAYLOAD_BYTES) run.output = toValue(status.end.output);
  else run.outputOmitted = true;
  return run;
}

function summaryOf({ id, workflowId, workflowVersion, rerunOf }: RunHeader, status: RunStatus): Run {
  const { end, startMs } = status;
  const createTime = timestampFromMs(startMs);
  const run = create(RunSchema, {
    id,
    workflowId,
    workflowVersion,
    state: runStateOf(status),
    createTime,
    rerunOf: rerunOf ?? "",
  });
  if (end !== undefined) run.endTime = timestampFromMs(end.timeMs);
  if (end !== undefined && end.state !== "succeeded") run.error = toError(end.error);
  return run;
}

export function runStateOf({ end, nodes, hasBegun }: RunStatus): RunState {
  switch (end?.state) {
    case undefined:
      return hasBegun && nodes.size > 0 ? openStateOf([...nodes.values()]) : RunState.PENDING;
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

function openStateOf(nodes: readonly NodeRun[]): RunState {
  const open = nodes.filter(isOpen);
  return open.length > 0 && open.every(({ state }) => state !== "running") ? RunState.WAITING : RunState.RUNNING;
}

/** The question of a node that waits for a person. */
export function toPendingApproval([nodeId, node]: readonly [string, NodeRun]): ApprovalRequested[] {
  if (node.state !== "waiting" || node.prompt === undefined) return [];
  const request = create(ApprovalRequestedSchema, { nodeId, prompt: node.prompt });
  if (node.wakeMs !== undefined) request.expireTime = timestampFromMs(node.wakeMs);
  return [request];
}

/** Values that do not fit into `budget` are left out, and `payloadOmitted` is set. */
export function toNodeExecution(nodeId: string, node: NodeRun, budget: PayloadBudget): NodeExecution {
  const execution = create(NodeExecutionSchema, { nodeId, state: NODE_STATES[node.state] });
  execution.startTime = timestampFromMs(node.startMs);
  if ("endMs" in node) execution.endTime = timestampFromMs(node.endMs);
  if ("wakeMs" in node && node.wakeMs !== undefined) execution.wakeTime = timestampFromMs(node.wakeMs);
  execution.attempt = node.attempt;
  if ("error" in node) execution.error = toError(node.error);
  if (node.state === "succeeded") execution.outputKey = node.outputKey;
  if (node.state === "succeeded" && node.decision !== undefined) execution.decision = toDecision(node.decision);
  for (const [field, value] of payloadsOf(node)) {
    if (budget.takes(value)) execution[field] = toValue(value);
    else execution.payloadOmitted = true;
  }
  return execution;
}

/** The output before the input: when the budget is short, the output is shown. */
function payloadsOf(node: NodeRun): readonly (readonly ["output" | "input", JsonValue])[] {
  return [
    ...("output" in node ? [["output", node.output] as const] : []),
    ...("input" in node && node.input !== undefined ? [["input", node.input] as const] : []),
  ];
}

/** How many bytes of inputs and outputs one answer shows. */
export class PayloadBudget {
  static readonly unlimited: PayloadBudget = new PayloadBudget(Infinity, Infinity);
  #left: number;
  readonly #maxEach: number;

  constructor(total: number, maxEach: number) {
    this.#left = total;
    this.#maxEach = maxEach;
  }

  /** Whether a value fits; takes its bytes if so. */
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

export function toDecision({ approved, comment, by, timeMs }: Decision): MessageShape<typeof DecisionSchema> {
  return create(DecisionSchema, { approved, comment, decidedBy: by, decideTime: timestampFromMs(timeMs) });
}

export function toError({ code, message, nodeId, retryable }: RunFailure): RunError {
  return create(RunErrorSchema, { code, message, nodeId, retryable });
}
