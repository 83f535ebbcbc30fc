import { WorkflowSpecSchema } from "@agent-team/contracts";
import { delay } from "@agent-team/foundation/clock";
import { isJournalError } from "@agent-team/journal";
import { fromJson } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { FairPermits } from "../fair-permits.ts";
import { Graph } from "../graph.ts";
import { defaultRunTimeoutMs, maxRunBytes } from "../limits.ts";
import { jsonBytes } from "../store/document.ts";
import type { RunLog } from "../store/run-log.ts";
import type { RunEvent } from "./events.ts";
import { foldRun } from "./fold.ts";
import { Mailbox } from "./mailbox.ts";
import { NodeFailure } from "./node-failure.ts";
import { nextEvents } from "./plan.ts";
import { type Attempt, type RunTools, runNode } from "./run-node.ts";

/** How long a store may be away before a run is given up here: 60 waits of half a second. */
const appendAttempts = 60;
const appendRetryMs = 500;

/**
 * Drives one run from its log to its end: records what `decide` says, lets nodes run, records how they ended. What it
 * does follows from the log alone: nodes that the log says are running run here, all others do not.
 *
 * A run is driven by the instance that started it. When that instance dies the run stays where its log ends: durable
 * takeover, by lease and fence, is a later step.
 */
export class RunDriver {
  readonly #log: RunLog;
  readonly #graph: Graph;
  readonly #tools: RunTools;
  readonly #permits: FairPermits;
  readonly #timeoutMs: number;
  readonly #running = new Map<string, AbortController>();
  readonly #mailbox = new Mailbox<RunEvent | "look">();
  /** The recorded ends of nodes so far, in bytes of JSON. */
  #bytes = 0;

  constructor(log: RunLog, tools: RunTools, permits: FairPermits) {
    const spec = fromJson(WorkflowSpecSchema, log.header.spec);
    this.#log = log;
    this.#graph = new Graph(spec);
    this.#tools = tools;
    this.#permits = permits;
    this.#timeoutMs = spec.runTimeout === undefined ? defaultRunTimeoutMs : durationMs(spec.runTimeout);
  }

  /** Resolves when the run has ended. Rejects when the store was away for too long; nothing of the run goes on then. */
  async drive(): Promise<void> {
    const timer = this.#setTimeout(this.#timeoutMs);
    try {
      await this.#advance([]);
      while (!this.#log.hasEnded) await this.#advance(await this.#mailbox.take());
    } finally {
      timer.cancel();
      for (const abort of this.#running.values()) abort.abort(stopped());
    }
  }

  /** The log has grown through somebody else. */
  didChange(): void {
    this.#mailbox.post("look");
  }

  async #advance(items: readonly (RunEvent | "look")[]): Promise<void> {
    if (items.includes("look")) await this.#reliably(() => this.#log.refresh());
    const happened = items.filter((item) => item !== "look").map((event) => this.#bounded(event));
    const timeMs = this.#tools.clock.wallNow();
    await this.#reliably(() =>
      this.#log.append((events) => [...happened, ...nextEvents(this.#graph, [...events, ...happened], timeMs)]),
    );
    this.#reconcile();
  }

  /** Makes true what the log says: starts what runs, stops what does not. */
  #reconcile(): void {
    const run = foldRun(this.#log.events);
    for (const [nodeId, abort] of this.#running) {
      if (run.nodes.get(nodeId)?.state === "running") continue;
      this.#running.delete(nodeId);
      abort.abort(stopped()); // of no effect on a node that has ended by itself
    }
    for (const [nodeId, { state }] of run.nodes) {
      const node = this.#graph.nodes.get(nodeId);
      if (state !== "running" || this.#running.has(nodeId) || node === undefined) continue;
      const abort = new AbortController();
      this.#running.set(nodeId, abort);
      void this.#run({
        runId: this.#log.header.id,
        owner: this.#log.header.owner,
        node,
        graph: this.#graph,
        run,
        abort,
      });
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { owner, runId: lane, abort } = attempt;
    const nodeId = attempt.node.id;
    try {
      const end = await this.#permits.run({ owner, lane }, () => runNode(attempt, this.#tools), abort.signal);
      if (this.#running.get(nodeId) === abort) this.#mailbox.post(end); // otherwise it was stopped, and that is recorded
    } catch {
      // Stopped while it waited for a permit, which is recorded already: a node that has one never rejects.
    }
  }

  /** A run whose values together would outgrow its document fails, instead of failing to be stored. */
  #bounded(event: RunEvent): RunEvent {
    if (event.type !== "node_succeeded" && event.type !== "node_failed") return event;
    this.#bytes += jsonBytes(event);
    if (this.#bytes <= maxRunBytes) return event;
    const { timeMs, nodeId } = event;
    const message = `the inputs and outputs of this run have more than ${maxRunBytes} bytes`;
    return { type: "node_failed", timeMs, nodeId, error: { code: "RUN_TOO_LARGE", message, retryable: false, nodeId } };
  }

  #setTimeout(limitMs: number): { cancel(): void } {
    const { clock } = this.#tools;
    return clock.setTimer(limitMs, () => {
      const reason = `the run took more than ${limitMs / 1000} s`;
      this.#mailbox.post({ type: "stop_requested", timeMs: clock.wallNow(), as: "timed_out", reason });
    });
  }

  /** Tries again while the store is away: what a node did outside must not be forgotten over a restart. */
  async #reliably(operation: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await operation();
      } catch (error) {
        if (!isJournalError(error, "unavailable") || attempt === appendAttempts) throw error;
        await delay(this.#tools.clock, appendRetryMs);
      }
    }
  }
}

function stopped(): NodeFailure {
  return new NodeFailure("CANCELED", "the run was stopped");
}
