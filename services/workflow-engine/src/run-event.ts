import type { JsonValue } from "@bufbuild/protobuf";

/**
 * What happened in a run. The events in their order are the run; its status is folded from them. The first event is
 * `run_started`, the last of a finished run is `run_ended`. Plain JSON, as it is stored.
 */
export type RunEvent =
  | { readonly type: "run_started"; readonly timeMs: number; readonly input: JsonValue }
  /**
   * An engine drives the run from here on. Only the last of them appends node events: another one that was paused stops when it
   * reads this. `driver` differs in each attempt to drive the run.
   */
  | { readonly type: "run_taken"; readonly timeMs: number; readonly driver: string }
  | { readonly type: "node_started"; readonly timeMs: number; readonly nodeId: string }
  | ({ readonly type: "node_succeeded" } & NodeEnd & { readonly outputKey: string; readonly output: JsonValue })
  | ({ readonly type: "node_failed" } & NodeEnd & { readonly error: RunFailure })
  /**
   * The node waits and no engine works for it: until `wakeMs`, when the run leaves it by `outputKey` with its input. With a
   * `prompt` a person may decide before; without `wakeMs` it waits for that alone.
   */
  | {
      readonly type: "node_waiting";
      readonly timeMs: number;
      readonly nodeId: string;
      readonly input: JsonValue;
      readonly wakeMs?: number | undefined;
      readonly outputKey: string;
      readonly prompt?: string | undefined;
    }
  /** The node has its list: its loop begins, with a copy of its body for each item. It ends when all of them have ended. */
  | {
      readonly type: "node_looping";
      readonly timeMs: number;
      readonly nodeId: string;
      readonly input: JsonValue;
      readonly items: readonly JsonValue[];
      readonly maxConcurrency: number;
    }
  /** The time of a waiting node has come. */
  | { readonly type: "node_woken"; readonly timeMs: number; readonly nodeId: string; readonly outputKey: string }
  /** A person has decided. The run leaves the node by "approved" or "rejected" with the node's input. */
  | {
      readonly type: "node_decided";
      readonly timeMs: number;
      readonly nodeId: string;
      readonly outputKey: string;
      readonly decision: Decision;
    }
  /** An attempt failed; the next one starts at `wakeMs`. */
  | {
      readonly type: "node_retrying";
      readonly timeMs: number;
      readonly nodeId: string;
      readonly wakeMs: number;
      readonly error: RunFailure;
    }
  /** The node is on a branch that was not taken. */
  | { readonly type: "node_skipped"; readonly timeMs: number; readonly nodeId: string }
  /** The node was running or waiting when the run was stopped; its effects are not known. */
  | { readonly type: "node_canceled"; readonly timeMs: number; readonly nodeId: string }
  /** All nodes that have started wait, and the engine has left the run: the next `run_taken` continues it. */
  | { readonly type: "run_parked"; readonly timeMs: number }
  /** The owner cancels the run, or its time limit has passed. */
  | {
      readonly type: "stop_requested";
      readonly timeMs: number;
      readonly as: "canceled" | "timed_out";
      readonly reason: string;
    }
  | ({ readonly type: "run_ended"; readonly timeMs: number } & RunEnd);

export interface Decision {
  readonly approved: boolean;
  readonly comment: string;
  /** The subject that decided. */
  readonly by: string;
  readonly timeMs: number;
  /** Distinguishes a repeat of the decision from another one. */
  readonly requestId: string;
}

interface NodeEnd {
  readonly timeMs: number;
  readonly nodeId: string;
  /** Absent when it could not be computed. */
  readonly input?: JsonValue | undefined;
}

export type RunEnd =
  | { readonly state: "succeeded"; readonly output: JsonValue }
  | { readonly state: "failed" | "canceled" | "timed_out"; readonly error: RunFailure };

/** Why a node or a run failed. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Empty when the run as a whole failed. */
  readonly nodeId: string;
}
