import { Redis } from "ioredis";
import { SEQUENCE_KEY } from "./keys.ts";
import { scripts } from "./scripts.ts";
import { connectorTo, type Trust } from "./socket.ts";
import { cut, evicting, isReply, type Trouble, tooOld, troubleOf } from "./trouble.ts";
import type { RedisTarget } from "./url.ts";

/** ioredis with our scripts as commands. A script with a fixed number of keys does not take that number. */
export type JournalRedis = Redis & {
  journalPut(keyCount: number, ...keysThenArguments: (string | Buffer)[]): Promise<Outcome>;
  journalDelete(document: string, expected: string): Promise<Outcome>;
  journalListBuffer(index: string, from: string, limit: number, bytes: number): Promise<[Buffer, ...Buffer[]]>;
  journalProbe(key: string): Promise<number>;
};

/** Of a write: 1, and what came of it; 0, refused because another version is present, which is the value; 2, over quota. */
export type Outcome = [done: 0 | 1 | 2, value: number];

/** What is to be known of a Redis that serves us. */
export interface Greeting {
  readonly version: string;
  /** It may forget documents. */
  readonly warning: Trouble | undefined;
}

export interface SessionOptions extends Trust {
  readonly target: RedisTarget;
}

/** Told what becomes of a session. Of several ends the first counts: a session that is ended by us ends once more. */
export interface SessionListener {
  didGreet(greeting: Greeting): void;
  didEnd(trouble: Trouble): void;
}

/** Oldest version whose scripts say beforehand whether they write (see scripts.ts). */
const oldestMajor = 7;

/**
 * One connection to Redis, from the first packet to the last: TCP, TLS, then in one round trip AUTH, SELECT, HELLO, and
 * a script that is refused exactly when a write would be. Only who passes all that is greeted.
 *
 * ioredis is our voice and our ear here, and nothing else: no reconnecting, no queue, no sending again, no question of
 * its own, and so no timer of its own. Nothing is ever sent twice, except a script that Redis said it does not know
 * (NOSCRIPT): that did not run.
 */
export class Session {
  readonly redis: JournalRedis;
  readonly #target: RedisTarget;
  readonly #listener: SessionListener;
  #error: Error | undefined;

  constructor({ target, ca }: SessionOptions, listener: SessionListener) {
    this.#target = target;
    this.#listener = listener;
    this.redis = new Redis({
      Connector: connectorTo(target, ca === undefined ? {} : { ca }),
      ...(target.tls ? { tls: {} } : {}), // only says which event of the socket to wait for
      lazyConnect: true,
      scripts,
      // Time is the connection's: its deadlines hold for connecting, greeting and requests alike.
      connectTimeout: 0,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      // Its questions on the way (AUTH, INFO, CLIENT) would print to the console, or wait by timers of its own.
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
    }) as JournalRedis;
    this.redis.on("error", (error: Error) => {
      this.#error ??= error;
    });
    this.redis.once("ready", () => void this.#greet());
    this.redis.once("end", () => listener.didEnd(this.#error === undefined ? cut : troubleOf(this.#error)));
    this.redis.connect().catch(() => {}); // "end" tells the same
  }

  /** Resolves when the socket is gone. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.redis.status === "end") return resolve();
      this.redis.once("end", () => resolve());
      this.redis.disconnect();
    });
  }

  async #greet(): Promise<void> {
    try {
      const answer = await this.#askAll();
      if ("scope" in answer) this.#listener.didEnd(answer);
      else this.#listener.didGreet(answer);
    } catch (error) {
      // Otherwise the connection ended in between, and "end" tells.
      if (isReply(error)) this.#listener.didEnd(troubleOf(error));
    }
  }

  /** One round trip; of several refusals the first is the cause of the others. */
  async #askAll(): Promise<Greeting | Trouble> {
    const { username, password, database } = this.#target;
    const { redis } = this;
    const [auth, select, hello, memory, probe] = await Promise.allSettled([
      password === undefined ? undefined : redis.call("AUTH", ...(username === undefined ? [] : [username]), password),
      database === 0 ? undefined : redis.select(database),
      redis.call("HELLO"),
      redis.info("memory"),
      redis.journalProbe(SEQUENCE_KEY),
    ]);
    valueOf(auth);
    valueOf(select);
    const version = fieldOf(valueOf(hello), "version");
    if (!(Number.parseInt(version, 10) >= oldestMajor)) return tooOld(version);
    valueOf(probe);
    // Who may not ask for INFO does without the warning.
    return { version, warning: memory.status === "fulfilled" ? warningOf(memory.value) : undefined };
  }
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** HELLO answers names and values in turn. */
function fieldOf(fields: unknown, name: string): string {
  const list = Array.isArray(fields) ? fields : [];
  return String(list[list.indexOf(name) + 1]);
}

/** Where memory has no limit nothing is evicted; the policies `volatile-…` evict what has a time to live: not ours. */
function warningOf(memory: string): Trouble | undefined {
  const isLimited = !/^maxmemory:0\r?$/m.test(memory);
  const policy = /^maxmemory_policy:(allkeys-\w+)/m.exec(memory)?.[1];
  return isLimited && policy !== undefined ? evicting(policy) : undefined;
}
