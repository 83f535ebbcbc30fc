/** Token buckets, for programs that limit their callers and keep no documents: it loads no journal. */

import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { TokenBuckets } from "./buckets/bucket.ts";
import type { RedisEvent } from "./redis/connection.ts";
import { readRedisUrl } from "./store-urls.ts";

export type { BucketState, TokenBuckets } from "./buckets/bucket.ts";
export { InProcessBuckets } from "./buckets/in-process.ts";

export interface OpenRedisBucketsOptions {
  /** The value of REDIS_URL, `redis[s]://[[user]:password@]host[:port][/database]`. */
  readonly redisUrl: string;
  readonly clock: Clock;
  /** Spreads the waits between attempts to connect. */
  readonly random: Random;
  /** Receives events of Redis for the operator. Default: none. */
  readonly onEvent?: ((event: RedisEvent) => void) | undefined;
}

/**
 * Buckets in Redis, which all tasks share. Loads its client: 60 ms of CPU. A Redis that does not answer is no error: `isReady` is
 * false, and the connection tries again.
 *
 * @throws Error of one line, as of `createJournal`, when the URL is not valid
 */
export async function openRedisBuckets({ redisUrl, ...options }: OpenRedisBucketsOptions): Promise<TokenBuckets> {
  const target = readRedisUrl(redisUrl);
  const { RedisBuckets } = await import("./redis/buckets.ts");
  return new RedisBuckets({ target, ...options });
}
