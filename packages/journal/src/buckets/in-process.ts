import type { Clock } from "@agent-team/foundation/clock";
import { type BucketState, stateOf, type TokenBuckets, tokenUs } from "./bucket.ts";

/** Above this number full buckets are looked for: 10,000 callers a minute at one process. */
const SWEEP_ABOVE = 10_000;

/** Buckets in the memory of this process. Bounded: full ones are forgotten, because a new one is full, too. */
export class InProcessBuckets implements TokenBuckets {
  readonly isReady: boolean = true;
  readonly #clock: Clock;
  /** The moment at which each is full, in µs. */
  readonly #fullAt = new Map<string, number>();
  #sweepAbove = SWEEP_ABOVE;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(key: string, perMinute: number): Promise<BucketState> {
    const nowUs = Math.round(this.#clock.now() * 1_000);
    const token = tokenUs(perMinute);
    const fullAt = Math.max(nowUs, this.#fullAt.get(key) ?? nowUs);
    const isAllowed = fullAt - nowUs <= (perMinute - 1) * token;
    const after = isAllowed ? fullAt + token : fullAt;
    this.#fullAt.set(key, after);
    if (this.#fullAt.size > this.#sweepAbove) this.#forgetFull(nowUs);
    return stateOf(isAllowed, after - nowUs, perMinute);
  }

  get size(): number {
    return this.#fullAt.size;
  }

  async close(): Promise<void> {
    this.#fullAt.clear();
  }

  /** Callers that are all active at once are not forgotten: then the next look comes at twice their number. */
  #forgetFull(nowUs: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= nowUs) this.#fullAt.delete(key);
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#fullAt.size);
  }
}
