import { randomUUID } from "node:crypto";
import { WorkflowSpecSchema } from "@agent-team/contracts";
import { delay, type Timer } from "@agent-team/foundation/clock";
import { isJournalError } from "@agent-team/journal";
import { fromJson } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { FairPermits } from "../fair-permits.ts";
import { Graph } from "../graph.ts";
import { jsonBytes } from "../json-problem.ts";
import { DEFAULT_RUN_TIMEOUT_MS, MAX_EVENTS_BYTES } from "../limits.ts";
import { NodeFailure } from "../node-failure.ts";
import type { RunEvent } from "../run-event.ts";
import type { RunLog } from "../run-log.ts";
import { foldRun, type RunStatus } from "./fold.ts";
import { Mailbox } from "./mailbox.ts";
import { nextEvents } from "./plan.ts";
import { type Attempt, type RunTools, runNode } from "./run-node.ts";

/** How long the store may be unavailable before the driver gives a run up: 60 waits of half a second. */
const APPEND_ATTEMPTS = 60;
const APPEND_RETRY_MS = 500;

/** An event of this run, or the notice that another log has appended. */
type Item = RunEvent | "refresh";

/**
 * Drives one run to its end: records what the rules decide, executes the nodes that are recorded as running, and records how
 * they ended. It acts on the log alone: it never executes a node that the log does not show as running.
 *
 * The instance that starts a run drives it. When that instance dies, another one takes the run over: it records that, and executes
 * the nodes again that the log shows as running. A driver that reads that another one has taken its run stops.
 */
export class RunDriver {
  readonly #log: RunLog;
  readonly #graph: Graph;
  readonly #tools: RunTools;
  readonly #permits: FairPermits;
  readonly #timeoutMs: number;
  readonly #driver: string = randomUUID();
  readonly #running = new Map<string, AbortController>();
  readonly #mailbox = new Mailbox<Item>();
  /** The recorded ends of nodes so far, in bytes of JSON. */
  #bytes = 0;

  constructor(log: RunLog, tools: RunTools, permits: FairPermits) {
    const spec = fromJson(WorkflowSpecSchema, log.header.spec);
    this.#log = log;
    this.#graph = new Graph(spec);
    this.#tools = tools;
    this.#permits = permits;
    this.#timeoutMs = spec.runTimeout === undefined ? DEFAULT_RUN_TIMEOUT_MS : durationMs(spec.runTimeout);
  }

  /** Resolves when the run has ended, or another engine has taken it over. Rejects when the store was unavailable for too long; then all nodes are aborted. */
  async drive(): Promise<"ended" | "superseded"> {
    const { clock } = this.#tools;
    const startMs = this.#log.events[0]?.timeMs ?? 0;
    this.#bytes = this.#log.events.reduce((sum, event) => sum + endBytes(event), 0);
    const timer = this.#setTimeout(Math.max(0, startMs + this.#timeoutMs - clock.wallNow()));
    try {
      await this.#advance([{ type: "run_taken", timeMs: clock.wallNow(), driver: this.#driver }]);
      while (!this.#log.hasEnded) await this.#advance(await this.#mailbox.take());
      return "ended";
    } catch (error) {
      if (error instanceof Superseded) return "superseded";
      throw error;
    } finally {
      timer.cancel();
      for (const abort of this.#running.values()) abort.abort(stopped());
    }
  }

  /** Another log has appended to the run. */
  didChange(): void {
    this.#mailbox.post("refresh");
  }

  async #advance(items: readonly Item[]): Promise<void> {
    if (items.includes("refresh")) await this.#reliably(() => this.#log.refresh());
    const happened = items.filter((item) => item !== "refresh").map((event) => this.#bounded(event));
    const timeMs = this.#tools.clock.wallNow();
    await this.#reliably(() =>
      this.#log.append((events) => {
        this.#checkDriver(events, happened);
        return [...happened, ...nextEvents(this.#graph, [...events, ...happened], timeMs)];
      }),
    );
    const run = foldRun(this.#log.events);
    this.#stopNodes(run);
    this.#startNodes(run);
  }

  /** @throws Superseded when another engine has taken the run after this one */
  #checkDriver(events: readonly RunEvent[], happened: readonly RunEvent[]): void {
    const isTaking = happened[0]?.type === "run_taken";
    if (!isTaking && foldRun(events).driver !== this.#driver) throw new Superseded();
  }

  /** Aborts the nodes that the log does not show as running any more. No effect on a node that has ended by itself. */
  #stopNodes(run: RunStatus): void {
    for (const [nodeId, abort] of this.#running) {
      if (run.nodes.get(nodeId)?.state === "running") continue;
      this.#running.delete(nodeId);
      abort.abort(stopped());
    }
  }

  #startNodes(run: RunStatus): void {
    const { id: runId, owner } = this.#log.header;
    for (const [nodeId, { state }] of run.nodes) {
      const node = this.#graph.nodes.get(nodeId);
      if (state !== "running" || this.#running.has(nodeId) || node === undefined) continue;
      const abort = new AbortController();
      this.#running.set(nodeId, abort);
      void this.#execute({ runId, owner, node, graph: this.#graph, run, abort });
    }
  }

  /** Never rejects. */
  async #execute(attempt: Attempt): Promise<void> {
    const { owner, runId: lane, node, abort } = attempt;
    try {
      const end = await this.#permits.run({ owner, lane }, () => runNode(attempt, this.#tools), abort.signal);
      if (this.#running.get(node.id) === abort) this.#mailbox.post(end); // otherwise the log has its abort already
    } catch {
      // Aborted while it waited for a permit, which the log has already: `runNode` never rejects.
    }
  }

  /** A run whose events together would outgrow their document fails, so that its failure can still be stored. */
  #bounded(event: RunEvent): RunEvent {
    this.#bytes += endBytes(event);
    if (this.#bytes <= MAX_EVENTS_BYTES || endBytes(event) === 0 || !("nodeId" in event)) return event;
    const { timeMs, nodeId } = event;
    const message = `the inputs and outputs of this run have more than ${MAX_EVENTS_BYTES} bytes`;
    return { type: "node_failed", timeMs, nodeId, error: { code: "RUN_TOO_LARGE", message, retryable: false, nodeId } };
  }

  #setTimeout(leftMs: number): Timer {
    const { clock } = this.#tools;
    return clock.setTimer(leftMs, () => {
      const reason = `the run took more than ${this.#timeoutMs / 1000} s`;
      this.#mailbox.post({ type: "stop_requested", timeMs: clock.wallNow(), as: "timed_out", reason });
    });
  }

  /** Tries again while the store is unavailable: what a node did outside must stay recorded when the store restarts. */
  async #reliably(operation: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await operation();
      } catch (error) {
        if (!isJournalError(error, "unavailable") || attempt === APPEND_ATTEMPTS) throw error;
        await delay(this.#tools.clock, APPEND_RETRY_MS);
      }
    }
  }
}

/** Another engine has taken the run. Thrown while an append is decided, so that nothing is written. */
class Superseded extends Error {}

/** The bytes of an event that has the payloads of a node; 0 for the others. */
function endBytes(event: RunEvent): number {
  return event.type === "node_succeeded" || event.type === "node_failed" ? jsonBytes(event) : 0;
}

function stopped(): NodeFailure {
  return new NodeFailure("CANCELED", "the run was stopped");
}
