import type { Clock } from "@agent-team/foundation/clock";
import { GrpcJournal } from "./grpc/client.ts";
import { InProcessJournal } from "./in-process.ts";
import type { Journal } from "./journal.ts";
import { RedisJournal } from "./redis/client.ts";
import type { RedisEvent } from "./redis/connection.ts";
import { parseRedisUrl, type RedisTarget, withoutCredentials } from "./redis/url.ts";

export interface CreateJournalOptions {
  /** The value of JOURNAL_URL, `tcp://host:port`: the store of the local cloud. */
  readonly url?: string | undefined;
  /** The value of REDIS_URL, `redis[s]://[[user]:password@]host[:port][/database]`. Not together with `url`. */
  readonly redisUrl?: string | undefined;
  readonly clock: Clock;
  /** Dice from 0 to 1, for the waits between attempts to connect. */
  readonly random: () => number;
  /** How long a request may take, the wait for a connection included, until it rejects. Default 2,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Hears what whoever runs the program is to know about its Redis. Default: nobody. */
  readonly onEvent?: ((event: RedisEvent) => void) | undefined;
}

/**
 * The journal that the environment asks for; without a URL maps in this process, which no other process shares.
 *
 * @throws Error of one line, naming the variable, its value and what is expected, when a URL is something else or when
 *   there are two. A store that does not answer throws nothing: `isReady` says so, and it is tried again.
 */
export function createJournal({ url = "", redisUrl = "", ...options }: CreateJournalOptions): Journal {
  if (url !== "" && redisUrl !== "") {
    // Neither wins: half of the tasks with the one and half with the other would be two systems.
    throw configError("REDIS_URL and JOURNAL_URL are both set: expected one of them, the store that all tasks share");
  }
  if (redisUrl !== "") return new RedisJournal({ target: readRedisUrl(redisUrl), ...options });
  return url === "" ? new InProcessJournal() : new GrpcJournal({ ...readJournalUrl(url), ...options });
}

/** @throws Error as of `createJournal` */
export function readRedisUrl(text: string): RedisTarget {
  const target = parseRedisUrl(text);
  if (target !== undefined) return target;
  const shown = withoutCredentials(text);
  throw configError(`REDIS_URL=${shown}: expected a URL such as rediss://:password@host:6379/0`);
}

function readJournalUrl(text: string): { host: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.protocol === "tcp:" && /^\/?$/.test(url.pathname) && url.username === "";
  if (!isPlain || url.hostname === "" || !(Number(url.port) > 0)) {
    throw configError(`JOURNAL_URL=${text}: expected a URL such as tcp://host:port`);
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) };
}

/** The name is what lets a program tell a wrong variable from a defect, without a dependency on its class. */
function configError(message: string): Error {
  return Object.assign(new Error(message), { name: "ConfigError" });
}
