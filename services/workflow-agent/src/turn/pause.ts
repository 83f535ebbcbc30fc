import type { Clock, Timer } from "@agent-team/foundation/clock";

/** Resolves after `ms`, or when the signal aborts, without an error: the next step checks the signal. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const end = (): void => {
      timer?.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    if (signal.aborted) return resolve();
    timer = clock.setTimer(ms, end);
    signal.addEventListener("abort", end);
  });
}
