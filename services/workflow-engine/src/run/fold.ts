import type { JsonValue } from "@bufbuild/protobuf";
import type { Decision, RunEnd, RunEvent, RunFailure } from "../run-event.ts";
import { ActiveTime } from "./active-time.ts";

/** The state of one node; absent for a node that the run has not reached. */
export type NodeRun = {
  readonly startMs: number;
  /** 1 for the first attempt; 0 for a node that was skipped. */
  readonly attempt: number;
} & (
  | { readonly state: "running" }
  | Waiting
  /** Its loop has begun; the nodes of its body are nodes of the run. */
  | { readonly state: "looping"; readonly input: JsonValue }
  | { readonly state: "retrying"; readonly wakeMs: number; readonly error: RunFailure }
  | ({
      readonly state: "succeeded";
      readonly endMs: number;
      readonly input?: JsonValue | undefined;
      readonly decision?: Decision | undefined;
    } & NodeOutput)
  | {
      readonly state: "failed";
      readonly endMs: number;
      readonly input?: JsonValue | undefined;
      readonly error: RunFailure;
    }
  | { readonly state: "skipped" | "canceled"; readonly endMs: number }
);

/** Waits until `wakeMs`, and then leaves by `outputKey`. With a `prompt` it also waits for a person, without `wakeMs` for that alone. */
interface Waiting {
  readonly state: "waiting";
  readonly input: JsonValue;
  readonly wakeMs: number | undefined;
  readonly outputKey: string;
  readonly prompt: string | undefined;
}

interface NodeOutput {
  readonly outputKey: string;
  readonly output: JsonValue;
}

/** The list of a loop that has begun, and how many of its items are worked on at once. */
export interface Loop {
  readonly items: readonly JsonValue[];
  readonly maxConcurrency: number;
}

/** The state of a run. */
export interface RunStatus {
  readonly input: JsonValue;
  readonly startMs: number;
  readonly nodes: ReadonlyMap<string, NodeRun>;
  /** The loops that have begun, also those that have ended, by the id of their node. */
  readonly loops: ReadonlyMap<string, Loop>;
  /** Who drives the run; absent until an engine has taken it, and while it is parked. */
  readonly driver: string | undefined;
  /** Whether an engine has taken it. Until then its nodes are those of the run that it repeats. */
  readonly hasBegun: boolean;
  /** How long nodes have run so far. */
  readonly active: ActiveTime;
  readonly stop: Extract<RunEvent, { type: "stop_requested" }> | undefined;
  readonly end: (RunEnd & { readonly timeMs: number }) | undefined;
}

/** A later version of the engine wrote the event. To ignore it could mean to do something twice, so the run is left to that version. */
export class UnknownEventError extends Error {
  constructor(type: string) {
    super(
      `this engine does not know the event ${type}: a later version has continued the run, and only that one can read it`,
    );
  }
}

/**
 * Folds events into the state of the run. An event of a node in a final state changes nothing.
 *
 * @throws UnknownEventError
 */
export function foldRun(events: readonly RunEvent[]): RunStatus {
  const fold = new RunFold();
  for (const event of events) fold.add(event);
  return fold.status;
}

/** A run that is folded event by event. */
export class RunFold {
  readonly #nodes = new Map<string, NodeRun>();
  readonly #loops = new Map<string, Loop>();
  readonly #active = new ActiveTime();
  #status: RunStatus = {
    input: null,
    startMs: 0,
    nodes: this.#nodes,
    loops: this.#loops,
    driver: undefined,
    hasBegun: false,
    active: this.#active,
    stop: undefined,
    end: undefined,
  };

  /** Its `nodes`, `loops` and `active` change with the next event. */
  get status(): RunStatus {
    return this.#status;
  }

  /** @throws UnknownEventError */
  add(event: RunEvent): void {
    const status = this.#status;
    switch (event.type) {
      case "run_started":
        this.#status = { ...status, input: event.input, startMs: event.timeMs };
        return;
      case "run_taken":
        this.#status = { ...status, driver: event.driver, hasBegun: true };
        return;
      case "run_parked":
        this.#status = { ...status, driver: undefined };
        return;
      case "stop_requested":
        this.#status = { ...status, stop: status.stop ?? event };
        return;
      case "run_ended":
        this.#status = { ...status, end: event };
        return;
      default:
        if (event.type === "node_looping") this.#loops.set(event.nodeId, event);
        foldNode(this.#nodes, event, this.#active);
    }
  }
}

/** Whether a node has started and has not ended. */
export function isOpen({ state }: NodeRun): boolean {
  return state === "running" || state === "waiting" || state === "looping" || state === "retrying";
}

type NodeEvent = Extract<RunEvent, { readonly nodeId: string }>;

function foldNode(nodes: Map<string, NodeRun>, event: NodeEvent, active: ActiveTime): void {
  const before = nodes.get(event.nodeId);
  if (before !== undefined && !isOpen(before)) return;
  const startMs = before?.startMs ?? event.timeMs;
  const attempt = (before?.attempt ?? 0) + (event.type === "node_started" && before?.state !== "running" ? 1 : 0);
  const after = { startMs, attempt, ...recordOf(event, before) };
  nodes.set(event.nodeId, after);
  if (after.state === "running" && before?.state !== "running") active.began(event.timeMs);
  if (after.state !== "running" && before?.state === "running") active.ended(event.timeMs);
}

type Unstarted<T> = T extends unknown ? Omit<T, "startMs" | "attempt"> : never;

function recordOf(event: NodeEvent, before: NodeRun | undefined): Unstarted<NodeRun> {
  const endMs = event.timeMs;
  switch (event.type) {
    case "node_started":
      return { state: "running" };
    case "node_waiting": {
      const { input, wakeMs, outputKey, prompt } = event;
      return { state: "waiting", input, wakeMs, outputKey, prompt };
    }
    case "node_looping":
      return { state: "looping", input: event.input };
    case "node_woken":
      return { state: "succeeded", endMs, outputKey: event.outputKey, ...throughput(before) };
    case "node_decided":
      return { state: "succeeded", endMs, outputKey: event.outputKey, decision: event.decision, ...throughput(before) };
    case "node_retrying":
      return { state: "retrying", wakeMs: event.wakeMs, error: event.error };
    case "node_succeeded":
      return {
        state: "succeeded",
        endMs,
        outputKey: event.outputKey,
        output: event.output,
        input: inputOf(event, before),
      };
    case "node_failed":
      return { state: "failed", endMs, input: inputOf(event, before), error: event.error };
    case "node_skipped":
      return { state: "skipped", endMs };
    case "node_canceled":
      return { state: "canceled", endMs };
    default:
      event satisfies never;
      throw new UnknownEventError((event as RunEvent).type);
  }
}

/** The end of a loop does not repeat its input. */
function inputOf(
  { input }: { readonly input?: JsonValue | undefined },
  before: NodeRun | undefined,
): JsonValue | undefined {
  return before?.state === "looping" ? before.input : input;
}

/** The input of a node that waited leaves it unchanged. */
function throughput(before: NodeRun | undefined): { readonly input: JsonValue; readonly output: JsonValue } {
  const input = before?.state === "waiting" ? before.input : null;
  return { input, output: input };
}
