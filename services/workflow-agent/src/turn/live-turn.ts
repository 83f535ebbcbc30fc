import { type Failure, toError } from "../errors.ts";
import type { TurnDriver } from "./turn-driver.ts";
import type { TurnLog } from "./turn-log.ts";

/** The end of the callers of one moment. */
export interface Release {
  readonly failure: Failure;
}

/** A stored turn that this agent works on, or that callers read through it. */
export class LiveTurn {
  readonly log: TurnLog;
  /** While this agent works on the turn. */
  driver: TurnDriver | undefined;
  /** Resolves when this agent has stopped to work on it. */
  driven: Promise<void> | undefined;
  /** Uses of this turn that have not ended. While there are any, this agent reads the log again and again. */
  holds = 0;
  /** Callers that read here. */
  readers = 0;
  /** When a caller was last seen to read it, on any agent. By the monotonic clock, as the other times. */
  readMs: number;
  /** When the log was last appended or read. */
  syncedMs: number;
  /** When this agent last left its mark as a reader in the log. */
  markedMs: number = Number.NEGATIVE_INFINITY;
  #reads = 0;
  #events = 0;
  #failure: Failure | undefined;
  #release: Release | undefined;
  readonly #waiting = new Set<PromiseWithResolvers<void>>();

  constructor(log: TurnLog, nowMs: number) {
    this.log = log;
    this.#events = log.steps.length;
    this.readMs = nowMs;
    this.syncedMs = nowMs;
  }

  /** The last one. A caller that began to read before it ends with its failure, and one that comes later reads on here. */
  get lastRelease(): Release | undefined {
    return this.#release;
  }

  /**
   * Resolves at the next change. Rejects with the failure when the turn cannot be read here any more, when callers were released since
   * `known`, or when `signal` aborts.
   */
  async changed(signal: AbortSignal, known: Release | undefined): Promise<void> {
    if (this.#failure !== undefined) throw toError(this.#failure);
    if (this.#release !== undefined && this.#release !== known) throw toError(this.#release.failure);
    const waiter = Promise.withResolvers<void>();
    const abort = (): void => waiter.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    this.#waiting.add(waiter);
    try {
      await waiter.promise;
    } finally {
      this.#waiting.delete(waiter);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Whether a caller reads it here, or an agent has left a mark since the last time. */
  wasRead(): boolean {
    const isMarked = this.log.reads > this.#reads;
    this.#reads = this.log.reads;
    return isMarked || this.readers > 0;
  }

  /** The log was appended or read. Callers wait on if it has no further event. */
  didChange(): void {
    const { steps, isLost } = this.log;
    if (steps.length === this.#events && !isLost) return;
    this.#events = steps.length;
    for (const waiter of this.#waiting) waiter.resolve();
  }

  /** Ends the callers of this moment, each after the events that are stored. */
  release(failure: Failure): void {
    this.#release = { failure };
    for (const waiter of this.#waiting) waiter.reject(toError(failure));
  }

  /** Ends all callers, each after the events that are stored. */
  fail(failure: Failure): void {
    this.#failure = failure;
    this.release(failure);
  }
}
