import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type BucketState, stateOf, type TokenBuckets, tokenUs } from "../buckets/bucket.ts";
import { Connection, type RedisEvent } from "./connection.ts";
import { BUCKETS_PROBE_KEY, bucketKey } from "./keys.ts";
import type { RedisTarget } from "./url.ts";

export interface RedisBucketsOptions {
  readonly target: RedisTarget;
  readonly clock: Clock;
  /** Spreads the waits between attempts to connect. */
  readonly random: Random;
  /** Receives events for the operator. Default: none. */
  readonly onEvent?: ((event: RedisEvent) => void) | undefined;
}

/**
 * Buckets in Redis 7 or later, which all tasks share. A take is one script, and its time is Redis's own. A key lives until its bucket
 * is full, because a new one is full, too.
 */
export class RedisBuckets implements TokenBuckets {
  readonly #connection: Connection;

  constructor({ onEvent = () => {}, ...options }: RedisBucketsOptions) {
    const timeouts = { requestTimeoutMs: 2_000, connectTimeoutMs: 2_000 };
    this.#connection = new Connection({ ...options, ...timeouts, onEvent, probeKey: BUCKETS_PROBE_KEY });
  }

  get isReady(): boolean {
    return this.#connection.isReady;
  }

  async take(key: string, perMinute: number): Promise<BucketState> {
    const [taken, untilFullUs] = await this.#connection.request((redis) =>
      redis.journalTakeToken(bucketKey(key), perMinute, tokenUs(perMinute)),
    );
    return stateOf(taken === 1, untilFullUs, perMinute);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
