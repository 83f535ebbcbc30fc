/**
 * How long a better tier must have been ready until calls return to it. A tier that breaks again right after a return
 * is given longer each time, so that a flapping one does not take the calls with it.
 */

/** A failover this soon after a return says that the return was too early. */
const TOO_EARLY_MS = 60_000;
const MAX_WAIT_MS = 60_000;

export class FailbackPace {
  readonly #baseMs: number;
  #waitMs: number;
  #returnedMs = Number.NEGATIVE_INFINITY;

  constructor(baseMs: number) {
    this.#baseMs = baseMs;
    this.#waitMs = baseMs;
  }

  get waitMs(): number {
    return this.#waitMs;
  }

  didFailBack(nowMs: number): void {
    this.#returnedMs = nowMs;
  }

  didFailOver(nowMs: number): void {
    const wasTooEarly = nowMs - this.#returnedMs <= TOO_EARLY_MS;
    this.#waitMs = wasTooEarly ? Math.max(this.#baseMs, Math.min(MAX_WAIT_MS, this.#waitMs * 2)) : this.#baseMs;
  }
}
