/** Passes a stream on until the signal aborts; then it throws the signal's reason, even if the source hangs. */
export async function* untilAborted<T>(source: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  ignoreRejection(aborted.promise);
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = source.next();
      ignoreRejection(next);
      const { done, value } = await Promise.race([next, aborted.promise]);
      if (done === true) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // Not awaited: the return of a source that hangs never settles.
    ignoreRejection(source.return(undefined));
  }
}

/** Prevents an unhandled rejection. Code that awaits the promise still receives the error. */
function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {});
}
