import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";

/** Resolves as `promise` does, or after `timeoutMs` to the text `timeout after … ms`. */
export async function within<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T | string> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setPeerTimer(clock, timeoutMs, () => resolve(`timeout after ${timeoutMs} ms`));
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.cancel();
  }
}
