/**
 * Token buckets by key, such as the subject of a caller. A bucket holds the requests of one minute, and fills up evenly: a caller that has
 * been quiet may send them at once, and then one whenever a token has come. In: a key and the time. Out: whether the request has a
 * token, and what is left. Bounded: full buckets are forgotten, because a new one is full, too.
 */

export interface BucketState {
  /** False: the request has no token. */
  readonly isAllowed: boolean;
  /** Requests that are left now. */
  readonly remaining: number;
  /** Until the next token when none is left, else until the bucket is full, in seconds, rounded up. */
  readonly resetSeconds: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

const MINUTE_MS = 60_000;

/** Above this number full buckets are looked for: 10,000 callers a minute at one gateway. */
const SWEEP_ABOVE = 10_000;

export class TokenBuckets {
  readonly perMinute: number;
  readonly #buckets = new Map<string, Bucket>();
  #sweepAbove = SWEEP_ABOVE;

  constructor(perMinute: number) {
    this.perMinute = perMinute;
  }

  /** Takes a token for one request. `nowMs`: monotonic. */
  take(key: string, nowMs: number): BucketState {
    const bucket = this.#fill(key, nowMs);
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens -= 1;
    if (this.#buckets.size > this.#sweepAbove) this.#forgetFull(nowMs);
    const missing = bucket.tokens >= 1 ? this.perMinute - bucket.tokens : 1 - bucket.tokens;
    return {
      isAllowed,
      remaining: Math.floor(bucket.tokens),
      resetSeconds: Math.ceil((missing * MINUTE_MS) / this.perMinute / 1_000),
    };
  }

  get size(): number {
    return this.#buckets.size;
  }

  #fill(key: string, nowMs: number): Bucket {
    const bucket = this.#buckets.get(key) ?? { tokens: this.perMinute, filledMs: nowMs };
    this.#buckets.set(key, bucket);
    bucket.tokens = this.#tokensAt(bucket, nowMs);
    bucket.filledMs = nowMs;
    return bucket;
  }

  #tokensAt({ tokens, filledMs }: Bucket, nowMs: number): number {
    return Math.min(this.perMinute, tokens + ((nowMs - filledMs) * this.perMinute) / MINUTE_MS);
  }

  /** Callers that are all active at once are not forgotten: then the next look comes at twice their number. */
  #forgetFull(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#tokensAt(bucket, nowMs) >= this.perMinute) this.#buckets.delete(key);
    }
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#buckets.size);
  }
}
