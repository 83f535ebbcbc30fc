/**
 * A signal that aborts when this process must end: at SIGINT, SIGTERM and SIGHUP, and when the program that started it has
 * ended. The run then kills its processes, stopped ones too, and ends.
 */
export function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupt);
  process.once("disconnect", interrupt);
  // The listener would keep the process running after the last scenario.
  process.channel?.unref();
  if (process.connected === false) interrupt();
  return controller.signal;
}

/** Resolves or rejects as `work` does, and rejects when the signal aborts. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  work.catch(() => {}); // after an abort nothing waits for it
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
