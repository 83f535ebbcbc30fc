import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { ModelError, ModelFault } from "./model.ts";

/** Faults that another request may not meet. A stalled model has used up the caller's patience already. */
const PASSING: readonly ModelFault[] = ["rate-limited", "overloaded", "unreachable", "cut", "garbage"];

/** Requests for one answer: the first, and two more. */
const MAX_ATTEMPTS = 3;

/** A provider that asks for a longer wait is not waited for: the next one answers sooner. */
const LONGEST_WAIT_MS = 10_000;

const BACKOFF = { baseMs: 500, maxMs: 4_000, minMs: 100 } as const;

/** Decides after each fault of one model whether and when it is asked again for the same answer. */
export class Retries {
  readonly #random: Random;
  #attempts = 1;
  #backoff: Backoff = Backoff.first(BACKOFF);

  constructor(random: Random) {
    this.#random = random;
  }

  /** The wait until the next request, in ms: what the provider asks for, else a growing pause. Undefined: it is not asked again. */
  after({ fault, retryAfterMs }: ModelError): number | undefined {
    const waitMs = retryAfterMs ?? this.#backoff.delayMs(this.#random);
    if (this.#attempts >= MAX_ATTEMPTS || !PASSING.includes(fault) || waitMs > LONGEST_WAIT_MS) return undefined;
    this.#attempts += 1;
    this.#backoff = this.#backoff.next();
    return waitMs;
  }
}

/** Rejects with the reason of the signal if it aborts first. */
export function pauseFor(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = (): void => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    const timer = clock.setTimer(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
