import { Redis } from "ioredis";
import { CONNECTION_CLOSED, evicting, faultOf, isReply, type RedisFault, tooOld } from "./redis-fault.ts";
import { scripts } from "./scripts.ts";
import { connectorTo, type Trust } from "./socket.ts";
import type { RedisTarget } from "./url.ts";

/** ioredis with our scripts as commands. A script with a fixed number of keys has no argument for that number. */
export type JournalRedis = Redis & {
  journalPut(keyCount: number, ...keysThenArguments: (string | Buffer)[]): Promise<Outcome>;
  journalDelete(document: string, expected: string): Promise<Outcome>;
  journalListBuffer(index: string, from: string, limit: number, bytes: number): Promise<[Buffer, ...Buffer[]]>;
  journalAppend(document: string, expected: string, ...changes: (string | Buffer)[]): Promise<Outcome>;
  journalAppendAnyway(document: string, expected: string, ...changes: (string | Buffer)[]): Promise<Outcome>;
  journalReadBuffer(document: string, after: number, bytes: number): Promise<Buffer[]>;
  journalSchedule(queue: string, inMs: number, which: "NX" | "", ...keys: string[]): Promise<number>;
  journalClaimDue(queue: string, limit: number, leaseMs: number): Promise<string[]>;
  journalTakeToken(bucket: string, tokens: number, tokenUs: number): Promise<[taken: 0 | 1, untilFullUs: number]>;
  journalProbe(key: string): Promise<number>;
};

/** Of a write: 1 and its result; 0 and the present version, which was not the expected one; 2, over quota; 3, no room to spare. */
export type Outcome = [done: 0 | 1 | 2 | 3, value: number];

/** What the handshake finds out about a Redis. */
export interface Handshake {
  readonly version: string;
  /** Redis may evict documents. */
  readonly warning: RedisFault | undefined;
}

export interface SessionOptions extends Trust {
  readonly target: RedisTarget;
  /** The key that the probe names: one of those that the Redis user may use. */
  readonly probeKey: string;
}

/** Receives the events of a session. `onEnd` may be called again; the first call counts. */
export interface SessionListener {
  onReady(handshake: Handshake): void;
  onEnd(fault: RedisFault): void;
}

/** Oldest version whose scripts declare whether they write (see scripts.ts). */
const OLDEST_MAJOR = 7;

/**
 * One connection to Redis, from the first packet to the last: TCP, TLS, then in one round trip AUTH, SELECT, HELLO, and
 * a script that is refused exactly when a write would be. `onReady` follows when all of them have succeeded.
 *
 * ioredis encodes commands and parses replies; reconnecting, waiting and timers are ours. Nothing is sent twice, except a
 * script that Redis does not know (NOSCRIPT) and thus did not run.
 */
export class Session {
  readonly redis: JournalRedis;
  readonly #target: RedisTarget;
  readonly #probeKey: string;
  readonly #listener: SessionListener;
  #error: Error | undefined;

  constructor({ target, probeKey, ca }: SessionOptions, listener: SessionListener) {
    this.#target = target;
    this.#probeKey = probeKey;
    this.#listener = listener;
    this.redis = new Redis({
      Connector: connectorTo(target, ca === undefined ? {} : { ca }),
      ...(target.tls ? { tls: {} } : {}), // selects the event of the socket that ioredis waits for
      lazyConnect: true,
      scripts,
      // `Connection` has the deadlines of connecting, handshake and requests.
      connectTimeout: 0,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      // Its own AUTH, INFO and CLIENT would print to the console, or wait with their own timers.
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
    }) as JournalRedis;
    this.redis.on("error", (error: Error) => {
      this.#error ??= error;
    });
    this.redis.once("ready", () => void this.#handshake());
    this.redis.once("end", () => listener.onEnd(this.#error === undefined ? CONNECTION_CLOSED : faultOf(this.#error)));
    this.redis.connect().catch(() => {}); // "end" reports it
  }

  /** Resolves when the socket is closed. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.redis.status === "end") return resolve();
      this.redis.once("end", () => resolve());
      this.redis.disconnect();
    });
  }

  async #handshake(): Promise<void> {
    try {
      const answer = await this.#askAll();
      if ("scope" in answer) this.#listener.onEnd(answer);
      else this.#listener.onReady(answer);
    } catch (error) {
      // Otherwise the connection has ended, and "end" reports it.
      if (isReply(error)) this.#listener.onEnd(faultOf(error));
    }
  }

  /** One round trip; of several refusals the first is the cause of the others. */
  async #askAll(): Promise<Handshake | RedisFault> {
    const { username, password, database } = this.#target;
    const { redis } = this;
    const [auth, select, hello, memory, probe] = await Promise.allSettled([
      password === undefined ? undefined : redis.call("AUTH", ...(username === undefined ? [] : [username]), password),
      database === 0 ? undefined : redis.select(database),
      redis.call("HELLO"),
      redis.info("memory"),
      redis.journalProbe(this.#probeKey),
    ]);
    valueOf(auth);
    valueOf(select);
    const version = fieldOf(valueOf(hello), "version");
    if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) return tooOld(version);
    valueOf(probe);
    // A user without INFO gets no warning.
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

/** Without a memory limit Redis evicts nothing; the policies `volatile-…` evict keys with a time to live, such as token buckets; documents have none. */
function warningOf(memory: string): RedisFault | undefined {
  const isLimited = !/^maxmemory:0\r?$/m.test(memory);
  const policy = /^maxmemory_policy:(allkeys-\w+)/m.exec(memory)?.[1];
  return isLimited && policy !== undefined ? evicting(policy) : undefined;
}
