/**
 * How long a better tier must be ready until calls return to it. The time doubles each time the tier fails soon after a return,
 * so that calls do not follow a tier that flaps.
 */

/** A failover within this time after a return means that the return was too early. */
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
