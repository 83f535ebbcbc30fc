import type { ConnectError } from "@connectrpc/connect";

/** A call that has reached its handler and has not ended. */
export interface LiveCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** False for calls that clients keep open without end (health Watch, reflection): a drain ends them early. */
  readonly holdsDrain: boolean;
  /** When its headers came, on the scale of the clock. */
  readonly startedMs: number;
  /** Its request has not come whole. */
  readonly awaitsRequest: boolean;
  /** Ends the call with this error at once, also while its handler runs. */
  fail(error: ConnectError): void;
}

/** The facts about a call that has ended. */
export interface CallEnd {
  readonly path: string;
  readonly code: number;
  readonly durationMs: number;
}

/** The calls in flight, and counts of the ended ones. For the drain, the metrics and the log. */
export class LiveCalls {
  readonly #live = new Set<LiveCall>();
  readonly #endedByCode = new Map<number, number>();
  readonly #onEnd: (end: CallEnd) => void;

  constructor(onEnd: (end: CallEnd) => void) {
    this.#onEnd = onEnd;
  }

  get inFlight(): number {
    return this.#live.size;
  }

  /** How many calls have ended with each gRPC code. */
  get endedByCode(): ReadonlyMap<number, number> {
    return this.#endedByCode;
  }

  didStart(call: LiveCall): void {
    this.#live.add(call);
  }

  didEnd(call: LiveCall, end: CallEnd): void {
    this.#live.delete(call);
    this.#endedByCode.set(end.code, (this.#endedByCode.get(end.code) ?? 0) + 1);
    this.#onEnd(end);
  }

  /** Ends the calls that `which` selects with `error`. */
  fail(error: ConnectError, which: (call: LiveCall) => boolean): void {
    for (const call of this.#live) if (which(call)) call.fail(error);
  }
}
