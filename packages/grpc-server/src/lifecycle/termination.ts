import { type Clock, systemClock } from "@agent-team/foundation/clock";

/** ECS and Kubernetes send SIGTERM, Ctrl-C is SIGINT. Both mean: finish what you have and go. */
const signals = ["SIGTERM", "SIGINT"] as const;

/** Beyond the handler's own limit, before the process ends without it. */
const patienceMs = 250;

export interface TerminationOptions {
  /** Time the handler has; when it takes longer, the process exits 1 without it. Milliseconds, no default. */
  readonly limitMs: number;
  readonly clock?: Clock | undefined;
}

/**
 * Calls `handler` once, at the first SIGTERM or SIGINT, and exits when it has settled: 0, or 1 when it failed or took
 * longer than `limitMs`. A further signal aborts `hurry`: somebody does not want to wait. One registration a process.
 *
 * @returns a function that takes the registration back
 */
export function onTermination(
  handler: (hurry: AbortSignal) => void | Promise<void>,
  options: TerminationOptions,
): () => void {
  const clock = options.clock ?? systemClock;
  const hurry = new AbortController();
  let terminating = false;
  const didSignal = (): void => {
    if (terminating) return hurry.abort();
    terminating = true;
    clock.setTimer(options.limitMs + patienceMs, () => process.exit(1), { unref: true });
    void settle(handler, hurry.signal).then((code) => process.exit(code));
  };
  for (const signal of signals) process.on(signal, didSignal);
  return () => {
    for (const signal of signals) process.off(signal, didSignal);
  };
}

async function settle(handler: (hurry: AbortSignal) => void | Promise<void>, hurry: AbortSignal): Promise<0 | 1> {
  try {
    await handler(hurry);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}
