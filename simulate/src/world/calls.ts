/** The record of the calls of one run. In: each call's start, first byte and end. Out: the figures of a time span. */

export class Call {
  readonly id: number;
  /** The work of its request, in ms on an idle healthy host. */
  readonly workMs: number;
  readonly firstByteShare: number;
  readonly startedMs: number;
  firstByteMs: number | undefined;
  endedMs: number | undefined;
  succeeded = false;
  /** Called after its end. */
  onEnd: (() => void) | undefined;

  constructor(id: number, workMs: number, firstByteShare: number, startedMs: number) {
    this.id = id;
    this.workMs = workMs;
    this.firstByteShare = firstByteShare;
    this.startedMs = startedMs;
  }

  didRespond(nowMs: number): void {
    this.firstByteMs ??= nowMs;
  }

  didEnd(nowMs: number, succeeded: boolean): void {
    if (this.endedMs !== undefined) throw new Error(`call ${this.id} has ended twice`);
    this.endedMs = nowMs;
    this.succeeded = succeeded;
    this.onEnd?.();
  }
}

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export class Calls {
  readonly #calls: Call[] = [];

  start(workMs: number, firstByteShare: number, nowMs: number): Call {
    const call = new Call(this.#calls.length, workMs, firstByteShare, nowMs);
    this.#calls.push(call);
    return call;
  }

  get(id: number): Call {
    return this.#calls[id] as Call;
  }

  /** The calls that started in the span. */
  startedIn({ fromMs, untilMs }: Span): readonly Call[] {
    return this.#calls.filter(({ startedMs }) => startedMs >= fromMs && startedMs < untilMs);
  }

  /** How many calls had started and not ended at this instant. */
  openAt(nowMs: number): number {
    let open = 0;
    for (const { startedMs, endedMs } of this.#calls) {
      if (startedMs < nowMs && (endedMs === undefined || endedMs >= nowMs)) open++;
    }
    return open;
  }
}

/**
 * Times to the first byte, in ascending order, in ms. A call that still waits at `nowMs` counts with its wait so far, so that a
 * policy gains nothing from calls that never get an answer. Failed calls do not count: they have their own figure.
 */
export function timesToFirstByte(calls: readonly Call[], nowMs: number): Float64Array {
  const times: number[] = [];
  for (const { startedMs, firstByteMs, endedMs } of calls) {
    if (firstByteMs !== undefined) times.push(firstByteMs - startedMs);
    else if (endedMs === undefined) times.push(nowMs - startedMs);
  }
  return Float64Array.from(times).sort();
}

/** The value below which this share of the values lies: the smallest one with at least that share at or below it. */
export function quantile(ascending: Float64Array, share: number): number {
  if (ascending.length === 0) return 0;
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] as number;
}
