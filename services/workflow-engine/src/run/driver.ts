import { randomUUID } from "node:crypto";
import { WorkflowSpecSchema } from "@agent-team/contracts";
import { delay, type Timer } from "@agent-team/foundation/clock";
import { isJournalError } from "@agent-team/journal";
import { fromJson } from "@bufbuild/protobuf";
import type { FairPermits } from "../fair-permits.ts";
import { Graph } from "../graph.ts";
import { jsonBytes } from "../json-problem.ts";
import { MAX_EVENTS_BYTES } from "../limits.ts";
import { NodeFailure } from "../node-failure.ts";
import type { RunEvent } from "../run-event.ts";
import type { RunLog } from "../run-log.ts";
import { nextMoment } from "./decide.ts";
import { foldRun, type RunStatus } from "./fold.ts";
import { Mailbox } from "./mailbox.ts";
import { nextEvents } from "./plan.ts";
import { runGraphOf } from "./run-graph.ts";
import { type Attempt, type RunTools, runNode } from "./run-node.ts";

/** How long the store may be unavailable or full before the driver gives a run up: 60 waits of half a second. */
const APPEND_ATTEMPTS = 60;
const APPEND_RETRY_MS = 500;

/** An event of this run, the notice that another log may have appended, or that time has passed. */
type Item = RunEvent | "refresh" | "time";

/** How a driver left its run. `wakeMs`: when the rules ask for something again, by the wall clock. */
export type Outcome = { readonly kind: "ended" | "superseded" } | { readonly kind: "parked"; readonly wakeMs: number };

/**
 * Drives one run to its end: records what the rules decide, executes the nodes that are recorded as running, and records how
 * they ended. It acts on the log alone: it never executes a node that the log does not show as running.
 *
 * The instance that starts a run drives it. When that instance dies, another one takes the run over: it records that, and executes
 * the nodes again that the log shows as running. A driver that reads that another one has taken its run stops.
 *
 * A run that only waits, and longer than `parkAfterMs`, is parked: the driver records that and leaves it, so that waiting runs
 * cost nothing.
 */
export class RunDriver {
  readonly #log: RunLog;
  readonly #graph: Graph;
  readonly #workflowName: string;
  readonly #tools: RunTools;
  readonly #permits: FairPermits;
  #parkAfterMs: number;
  readonly #driver: string = randomUUID();
  /** The attempts of nodes that were begun here, until the log shows their ends. */
  readonly #running = new Map<string, Attempt>();
  readonly #mailbox = new Mailbox<Item>();
  /** The recorded payloads of nodes so far, in bytes of JSON. */
  #bytes = 0;
  /** Fires when the rules ask for something although nothing happens. */
  #timer: Timer | undefined;

  constructor(log: RunLog, tools: RunTools, permits: FairPermits, parkAfterMs: number) {
    this.#log = log;
    const spec = fromJson(WorkflowSpecSchema, log.header.spec);
    this.#graph = Graph.of(spec);
    this.#workflowName = spec.name;
    this.#tools = tools;
    this.#permits = permits;
    this.#parkAfterMs = parkAfterMs;
  }

  /**
   * Resolves when the run has ended, waits, or another engine has taken it over. Rejects when the store was unavailable or full for too
   * long; then all nodes are aborted.
   */
  async drive(): Promise<Outcome> {
    if (this.#isIdle()) return this.#parked();
    this.#bytes = this.#log.events.reduce((sum, event) => sum + payloadBytes(event), 0);
    try {
      const timeMs = this.#tools.clock.wallNow();
      await this.#advance([{ type: "run_taken", timeMs, driver: this.#driver }, ...this.#unknownOutcomes(timeMs)]);
      while (!this.#log.hasEnded && !this.#log.isParked) await this.#advance(await this.#mailbox.take());
      return this.#log.hasEnded ? { kind: "ended" } : this.#parked();
    } catch (error) {
      if (error instanceof Superseded) return { kind: "superseded" };
      throw error;
    } finally {
      this.#timer?.cancel();
      for (const { abort } of this.#running.values()) abort.abort(stopped());
    }
  }

  /** Another log may have appended to the run. */
  didChange(): void {
    this.#mailbox.post("refresh");
  }

  /** From now on the run is parked as soon as it waits, however short. */
  parkSoon(): void {
    this.#parkAfterMs = 0;
    this.#mailbox.post("time");
  }

  async #advance(items: readonly Item[]): Promise<void> {
    const before = this.#log.events.length;
    if (items.includes("refresh")) await this.#reliably(() => this.#log.refresh());
    if (this.#log.events.length === before && items.every((item) => item === "refresh")) return;
    const happened = items.filter((item) => typeof item !== "string").map((event) => this.#bounded(event));
    const timeMs = this.#tools.clock.wallNow();
    await this.#reliably(() =>
      this.#log.append((events) => {
        this.#checkDriver(events, happened);
        const added = [...happened, ...nextEvents(this.#graph, [...events, ...happened], timeMs)];
        return this.#onlyWaits(foldRun([...events, ...added])) ? [...added, { type: "run_parked", timeMs }] : added;
      }),
    );
    const run = foldRun(this.#log.events);
    this.#stopNodes(run);
    this.#startNodes(run);
    this.#setTimer(run);
  }

  /** Whether no node runs, and none will for `parkAfterMs`. */
  #onlyWaits(run: RunStatus): boolean {
    if (run.end !== undefined || [...run.nodes.values()].some(({ state }) => state === "running")) return false;
    return nextMoment(this.#graph, run) > this.#tools.clock.wallNow() + this.#parkAfterMs;
  }

  /** Whether the run is parked and nothing is to be done: it was taken too early. */
  #isIdle(): boolean {
    if (!this.#log.isParked) return false;
    return nextEvents(this.#graph, this.#log.events, this.#tools.clock.wallNow()).length === 0;
  }

  #parked(): Outcome {
    return { kind: "parked", wakeMs: nextMoment(this.#graph, foldRun(this.#log.events)) };
  }

  #setTimer(run: RunStatus): void {
    this.#timer?.cancel();
    const { clock } = this.#tools;
    const leftMs = Math.max(0, nextMoment(this.#graph, run) - clock.wallNow());
    this.#timer = clock.setTimer(leftMs, () => this.#mailbox.post("time"));
  }

  /** @throws Superseded when another engine has taken the run after this one */
  #checkDriver(events: readonly RunEvent[], happened: readonly RunEvent[]): void {
    const isTaking = happened[0]?.type === "run_taken";
    if (!isTaking && foldRun(events).driver !== this.#driver) throw new Superseded();
  }

  /** The failures of the nodes that ran when their engine died, and that must not be executed again. */
  #unknownOutcomes(timeMs: number): readonly RunEvent[] {
    const run = foldRun(this.#log.events);
    const graph = runGraphOf(this.#graph, run);
    return [...run.nodes].flatMap(([nodeId, { state }]) => {
      if (state !== "running" || graph.nodes.get(nodeId)?.rerunOnTakeover !== false) return [];
      const message = `the engine that executed ${nodeId} died, and whether the node has had its effect is not known`;
      const error = { code: "OUTCOME_UNKNOWN", message, retryable: false, nodeId };
      return [{ type: "node_failed", timeMs, nodeId, error }];
    });
  }

  /** Aborts the nodes that the log does not show as running any more. No effect on a node that has ended by itself. */
  #stopNodes(run: RunStatus): void {
    for (const [nodeId, { attempt, abort }] of this.#running) {
      const now = run.nodes.get(nodeId);
      if (now?.state === "running" && now.attempt === attempt) continue;
      this.#running.delete(nodeId);
      abort.abort(stopped());
    }
  }

  #startNodes(run: RunStatus): void {
    const { id: runId, owner, workflowId } = this.#log.header;
    const workflowName = this.#workflowName;
    const graph = runGraphOf(this.#graph, run);
    for (const [nodeId, { state, attempt }] of run.nodes) {
      const node = graph.nodes.get(nodeId);
      if (state !== "running" || this.#running.has(nodeId) || node === undefined) continue;
      const begun: Attempt = {
        runId,
        workflowId,
        workflowName,
        owner,
        node,
        attempt,
        graph,
        run,
        abort: new AbortController(),
      };
      this.#running.set(nodeId, begun);
      void this.#execute(begun);
    }
  }

  /** Never rejects. */
  async #execute(attempt: Attempt): Promise<void> {
    const { owner, runId: lane, node, abort } = attempt;
    try {
      const end = await this.#permits.run({ owner, lane }, () => runNode(attempt, this.#tools), abort.signal);
      if (this.#running.get(node.id) === attempt) this.#mailbox.post(end); // otherwise the log has its abort already
    } catch {
      // Aborted while it waited for a permit, which the log has already: `runNode` never rejects.
    }
  }

  /** A run whose events together would outgrow their document fails, so that its failure can still be stored. */
  #bounded(event: RunEvent): RunEvent {
    this.#bytes += payloadBytes(event);
    if (this.#bytes <= MAX_EVENTS_BYTES || payloadBytes(event) === 0 || !("nodeId" in event)) return event;
    const { timeMs, nodeId } = event;
    const message = `the inputs and outputs of this run have more than ${MAX_EVENTS_BYTES} bytes`;
    return { type: "node_failed", timeMs, nodeId, error: { code: "RUN_TOO_LARGE", message, retryable: false, nodeId } };
  }

  /**
   * Tries again while the store is unavailable or full: what a node did outside must be recorded when the store takes writes again. A full
   * store says nothing of other appends, and takes a cancellation: the log is read again, unless it may have this operation's own events.
   */
  async #reliably(operation: () => Promise<void>): Promise<void> {
    let isUnwritten = true;
    for (let attempt = 1; ; attempt++) {
      try {
        if (attempt > 1 && isUnwritten) await this.#log.refresh();
        return await operation();
      } catch (error) {
        const isFull = isJournalError(error, "full");
        isUnwritten &&= isFull;
        if ((!isFull && !isJournalError(error, "unavailable")) || attempt === APPEND_ATTEMPTS) throw error;
        await delay(this.#tools.clock, APPEND_RETRY_MS);
      }
    }
  }
}

/** Another engine has taken the run. Thrown while an append is decided, so that nothing is written. */
class Superseded extends Error {}

const WITH_PAYLOAD: ReadonlySet<RunEvent["type"]> = new Set([
  "node_succeeded",
  "node_failed",
  "node_waiting",
  "node_looping",
]);

/** The bytes of an event that has payloads of a node; 0 for the others. */
function payloadBytes(event: RunEvent): number {
  return WITH_PAYLOAD.has(event.type) ? jsonBytes(event) : 0;
}

function stopped(): NodeFailure {
  return new NodeFailure("CANCELED", "the run was stopped");
}
