import type { ServerEvent } from "../gateway/server-events.ts";

/** A run's state, or a node's, in lower case: "running", "succeeded", "timed_out". */
export type State = string;

export interface NodeProgress {
  readonly nodeId: string;
  readonly state: State;
  /** 1 for the first. */
  readonly attempt: number;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly error: string | undefined;
}

/** One event of a run, as far as its progress is concerned. */
export type RunChange =
  | { readonly kind: "run"; readonly state: State; readonly error: string | undefined }
  | { readonly kind: "node"; readonly node: NodeProgress }
  | { readonly kind: "question"; readonly nodeId: string; readonly prompt: string }
  /** What was seen so far is void; the events come again from the first. */
  | { readonly kind: "restart" };

interface Message {
  readonly run_state_changed?: { readonly state?: string; readonly error?: ErrorJson };
  readonly node_changed?: {
    readonly node_id?: string;
    readonly state?: string;
    readonly attempt?: number;
    readonly start_time?: string;
    readonly end_time?: string;
    readonly error?: ErrorJson;
  };
  readonly approval_requested?: { readonly node_id?: string; readonly prompt?: string };
  readonly history_truncated?: object;
}

interface ErrorJson {
  readonly code?: string;
  readonly message?: string;
}

/** Reads an event of `GET /v1/runs/{id}/events`; `undefined` for one that later versions may send. */
export function toRunChange({ data }: ServerEvent): RunChange | undefined {
  const {
    run_state_changed: run,
    node_changed: node,
    approval_requested,
    history_truncated,
  } = JSON.parse(data) as Message;
  if (run !== undefined) return { kind: "run", state: toState(run.state), error: toError(run.error) };
  if (node !== undefined) return { kind: "node", node: toNode(node) };
  if (history_truncated !== undefined) return { kind: "restart" };
  if (approval_requested === undefined) return undefined;
  return { kind: "question", nodeId: approval_requested.node_id ?? "", prompt: approval_requested.prompt ?? "" };
}

/** Whether a run in this state has ended. */
export function isFinal(state: State): boolean {
  return ["succeeded", "failed", "canceled", "timed_out"].includes(state);
}

function toNode(node: NonNullable<Message["node_changed"]>): NodeProgress {
  return {
    nodeId: node.node_id ?? "",
    state: toState(node.state),
    attempt: node.attempt ?? 0,
    startMs: toMs(node.start_time),
    endMs: toMs(node.end_time),
    error: toError(node.error),
  };
}

function toState(name = ""): State {
  return name.toLowerCase();
}

function toError(error: ErrorJson | undefined): string | undefined {
  return error === undefined ? undefined : `${error.code}: ${error.message}`;
}

function toMs(time: string | undefined): number | undefined {
  // oxlint-disable-next-line no-restricted-globals -- parses the time of an event, and reads no clock
  return time === undefined ? undefined : Date.parse(time);
}
