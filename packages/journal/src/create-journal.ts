import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { InProcessJournal } from "./in-process.ts";
import type { Journal } from "./journal.ts";
import type { RedisEvent } from "./redis/connection.ts";
import { configError, readJournalUrl, readRedisUrl } from "./store-urls.ts";

export interface CreateJournalOptions {
  /** The value of JOURNAL_URL, `tcp://host:port`: the store of the local cloud. */
  readonly url?: string | undefined;
  /** The value of REDIS_URL, `redis[s]://[[user]:password@]host[:port][/database]`. Not together with `url`. */
  readonly redisUrl?: string | undefined;
  readonly clock: Clock;
  /** Spreads the waits between attempts to connect. */
  readonly random: Random;
  /** How long a request may take, the wait for a connection included, until it rejects. Default 2,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Receives events of Redis for the operator. Default: none. */
  readonly onEvent?: ((event: RedisEvent) => void) | undefined;
}

/**
 * The journal that the environment names. Without a URL: maps in this process, which no other process shares. Loads the client of
 * that store only: ioredis takes 60 ms of CPU.
 *
 * @throws Error of one line, naming the variable, its value and the expectation, when a URL is not valid or both are set.
 *   A store that does not answer is no error: `isReady` is false, and the journal tries again.
 */
export async function createJournal({ url = "", redisUrl = "", ...options }: CreateJournalOptions): Promise<Journal> {
  if (url !== "" && redisUrl !== "") {
    // No precedence: tasks with different stores would be two systems.
    throw configError("REDIS_URL and JOURNAL_URL are both set: expected one of them, the store that all tasks share");
  }
  if (redisUrl !== "") {
    const target = readRedisUrl(redisUrl);
    const { RedisJournal } = await import("./redis/client.ts");
    return new RedisJournal({ target, ...options });
  }
  if (url === "") return new InProcessJournal({ clock: options.clock });
  const address = readJournalUrl(url);
  const { GrpcJournal } = await import("./grpc/client.ts");
  return new GrpcJournal({ ...address, ...options });
}
