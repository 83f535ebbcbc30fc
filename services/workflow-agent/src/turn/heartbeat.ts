import type { Clock } from "@agent-team/foundation/clock";

export interface HeartbeatOptions<T> {
  readonly clock: Clock;
  /** Time without a value after which a beat is sent, and between beats. */
  readonly intervalMs: number;
  readonly beat: () => T;
  /** Ends the stream with its reason, even if the source hangs. */
  readonly signal: AbortSignal;
}

/**
 * Passes a stream on and adds a beat whenever the source yields nothing for an interval, so that a reader can tell a slow
 * planner from a dead server. A timer sends the beats, so that they do not depend on the source.
 */
export async function* withHeartbeat<T>(source: AsyncGenerator<T>, options: HeartbeatOptions<T>): AsyncGenerator<T> {
  const { signal } = options;
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  ignoreRejection(stopped.promise);
  try {
    signal.throwIfAborted();
    let next = source.next();
    for (;;) {
      ignoreRejection(next);
      const winner = await orSilence(Promise.race([next, stopped.promise]), options);
      if (winner === SILENCE) {
        yield options.beat();
        continue;
      }
      if (winner.done === true) return;
      yield winner.value;
      next = source.next();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Not awaited: the return of a source that hangs never settles.
    ignoreRejection(source.return(undefined));
  }
}

const SILENCE = Symbol("silence");

/** The value, or `SILENCE` when the interval ends first. */
async function orSilence<V>(
  value: Promise<V>,
  { clock, intervalMs }: Pick<HeartbeatOptions<unknown>, "clock" | "intervalMs">,
): Promise<V | typeof SILENCE> {
  const silence = Promise.withResolvers<typeof SILENCE>();
  const timer = clock.setTimer(intervalMs, () => silence.resolve(SILENCE));
  try {
    return await Promise.race([value, silence.promise]);
  } finally {
    timer.cancel();
  }
}

/** Prevents an unhandled rejection. Code that awaits the promise still receives the error. */
function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {});
}
