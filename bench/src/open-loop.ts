/** Calls at a fixed rate. Their latency counts from the instant at which they should have begun: a client that falls behind shows it. */

import { delay, systemClock } from "@agent-team/foundation/clock";

/** Timers are as coarse as a millisecond: within this time of the next start the loop turns without one. */
const SPIN_MS = 2;

/** The latencies of the calls in ms. Rejects with an error of a call, after the last one has begun. */
export async function openLoop(
  call: () => Promise<void>,
  { calls, perSecond }: { readonly calls: number; readonly perSecond: number },
): Promise<readonly number[]> {
  const everyMs = 1_000 / perSecond;
  const startMs = performance.now();
  const latenciesMs: Promise<number>[] = [];
  while (latenciesMs.length < calls) {
    const intendedMs = startMs + latenciesMs.length * everyMs;
    const aheadMs = intendedMs - performance.now();
    if (aheadMs > SPIN_MS) await delay(systemClock, aheadMs - SPIN_MS);
    else if (aheadMs > 0) await new Promise((resolve) => setImmediate(resolve));
    else {
      const latencyMs = call().then(() => performance.now() - intendedMs);
      latencyMs.catch(() => {}); // it is awaited below
      latenciesMs.push(latencyMs);
    }
  }
  return await Promise.all(latenciesMs);
}
