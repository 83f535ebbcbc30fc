import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { ClaimOptions, ScheduleOptions } from "../due-times.ts";
import {
  appendTooLarge,
  isJournalError,
  JournalError,
  noRoomToSpare,
  overQuota,
  sumOf,
  tooLarge,
  versionConflict,
} from "../errors.ts";
import {
  type AppendOptions,
  type DeleteOptions,
  type Document,
  type Journal,
  type ListedDocument,
  type ListOptions,
  type LogPage,
  MAX_PAGE_BYTES,
  MAX_VALUE_BYTES,
  type Page,
  type PutOptions,
  type Quota,
  type ReadOptions,
} from "../journal.ts";
import { Connection, type RedisEvent } from "./connection.ts";
import { documentKey, dueKey, indexKey, keyOfDocument, SEQUENCE_KEY } from "./keys.ts";
import type { JournalRedis, Outcome } from "./session.ts";
import type { RedisTarget } from "./url.ts";

export interface RedisJournalOptions {
  readonly target: RedisTarget;
  readonly clock: Clock;
  /** Spreads the waits between attempts to connect. */
  readonly random: Random;
  /**
   * How long a request may take, the wait for a connection included, until it rejects with `unavailable`, in ms. When
   * Redis has been away for as long, requests reject at once. Default 2,000: Redis answers within a millisecond, and a
   * restart takes less than this.
   */
  readonly requestTimeoutMs?: number | undefined;
  /** How long TCP, TLS and the handshake may take together, in ms. Default 2,000: no request waits longer. */
  readonly connectTimeoutMs?: number | undefined;
  /** PEM of the authorities to trust instead of Node's own and those of NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined;
  /** Receives events for the operator. Default: none. */
  readonly onEvent?: ((event: RedisEvent) => void) | undefined;
}

/**
 * A journal in Redis 7 or later, which all tasks share: what production uses. Reconnects by itself; each write is one
 * script, which happens whole or not at all. Documents have no time to live. As durable as that Redis: a failover loses
 * writes that were acknowledged and not replicated, and a document then has its older version again.
 */
export class RedisJournal implements Journal {
  readonly #connection: Connection;

  constructor(options: RedisJournalOptions) {
    const { requestTimeoutMs = 2000, connectTimeoutMs = 2000, onEvent = () => {} } = options;
    this.#connection = new Connection({
      ...options,
      requestTimeoutMs,
      connectTimeoutMs,
      onEvent,
      probeKey: SEQUENCE_KEY,
    });
  }

  get isReady(): boolean {
    return this.#connection.isReady;
  }

  async get(key: string): Promise<Document | undefined> {
    const fields = await this.#connection.request((redis) => redis.hmgetBuffer(documentKey(key), "version", "value"));
    const [version, value] = fields;
    return version && value ? { value: copyOf(value), version: Number(version) } : undefined;
  }

  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    const { expectedVersion, indexes, quota } = options;
    if (value.byteLength > MAX_VALUE_BYTES) throw tooLarge(key, value);
    const keys = [documentKey(key), SEQUENCE_KEY, ...new Set(indexes?.map(indexKey))];
    // A copy: the request may wait, and the caller may change its array.
    const values = [
      Buffer.from(value),
      expected(expectedVersion),
      indexes === undefined ? "0" : "1",
      ...quotaOf(quota),
    ];
    const send = (redis: JournalRedis): Promise<Outcome> => redis.journalPut(keys.length, ...keys, ...values);
    const outcome = await this.#write(key, send, value.byteLength, (present) =>
      [undefined, present].includes(expectedVersion),
    );
    if (outcome[0] === 2 && quota !== undefined) throw overQuota(key, quota);
    if (outcome[0] === 3) throw noRoomToSpare(key);
    return valueOf(outcome, key, expectedVersion);
  }

  async append(key: string, records: readonly Uint8Array[], options: AppendOptions): Promise<number> {
    const { expectedVersion, value, mayOverfill = false } = options;
    const bytes = sumOf(records) + (value?.byteLength ?? 0);
    if (bytes > MAX_VALUE_BYTES) throw appendTooLarge(key, bytes);
    // Copies, as in `put`.
    const given = [
      value === undefined ? "0" : "1",
      Buffer.from(value ?? []),
      ...records.map((each) => Buffer.from(each)),
    ];
    const script = mayOverfill ? "journalAppendAnyway" : "journalAppend";
    const send = (redis: JournalRedis): Promise<Outcome> =>
      redis[script](documentKey(key), String(expectedVersion), ...given);
    const isExpected = (present: number): boolean => present !== 0 && present === expectedVersion;
    return valueOf(await this.#write(key, send, bytes, isExpected), key, expectedVersion);
  }

  async read(key: string, { after = 0 }: ReadOptions = {}): Promise<LogPage | undefined> {
    const [version, isLast, ...records] = await this.#connection.request((redis) =>
      redis.journalReadBuffer(documentKey(key), after, MAX_PAGE_BYTES),
    );
    if (version === undefined) return undefined;
    const next = after + records.length;
    return { records: records.map(copyOf), next, isLast: String(isLast) === "1", version: Number(version) };
  }

  async delete(key: string, { expectedVersion }: DeleteOptions = {}): Promise<boolean> {
    const outcome = await this.#connection.request((redis) =>
      redis.journalDelete(documentKey(key), expected(expectedVersion)),
    );
    return valueOf(outcome, key, expectedVersion) === 1;
  }

  async list(index: string, { limit, after }: ListOptions): Promise<Page> {
    const from = readCursor(after);
    const [next, ...fields] = await this.#connection.request((redis) =>
      redis.journalListBuffer(indexKey(index), from, limit, MAX_PAGE_BYTES),
    );
    return { documents: readDocuments(fields), next: next.byteLength === 0 ? undefined : String(next) };
  }

  async schedule(
    queue: string,
    keys: readonly string[],
    inMs: number,
    { onlyMissing = false }: ScheduleOptions = {},
  ): Promise<void> {
    if (keys.length === 0) return;
    const which = onlyMissing ? "NX" : "";
    await this.#connection.request((redis) => redis.journalSchedule(dueKey(queue), Math.ceil(inMs), which, ...keys));
  }

  async unschedule(queue: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#connection.request((redis) => redis.zrem(dueKey(queue), ...keys));
  }

  claimDue(queue: string, { limit, leaseMs }: ClaimOptions): Promise<readonly string[]> {
    return this.#connection.request((redis) => redis.journalClaimDue(dueKey(queue), limit, leaseMs));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * A Redis without memory refuses a script before it runs. The version is then read alone, so that a conflict is told before the lack of
   * room, as by the other journals.
   */
  async #write(
    key: string,
    send: (redis: JournalRedis) => Promise<Outcome>,
    bytes: number,
    isExpected: (present: number) => boolean,
  ): Promise<Outcome> {
    try {
      return await this.#connection.request(send, bytes);
    } catch (error) {
      if (!isJournalError(error, "full")) throw error;
      const read = this.#connection.request((redis) => redis.hmget(documentKey(key), "version"));
      const present = await read.then(([version]) => Number(version ?? 0)).catch(() => undefined);
      if (present === undefined || isExpected(present)) throw error;
      return [0, present];
    }
  }
}

function expected(version: number | undefined): string {
  return version === undefined ? "" : String(version);
}

function quotaOf(quota: Quota | undefined): string[] {
  if (quota === undefined) return ["", "0", "0"];
  return [indexKey(quota.index), String(quota.maxDocuments), String(quota.maxBytes)];
}

function valueOf([done, value]: Outcome, key: string, expectedVersion: number | undefined): number {
  if (done === 0) throw versionConflict(key, expectedVersion ?? 0, value);
  return value;
}

/** Key, version and value of one document after the other. */
function readDocuments(fields: readonly Buffer[]): readonly ListedDocument[] {
  const documents: ListedDocument[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [key, version, value] = fields.slice(at, at + 3) as [Buffer, Buffer, Buffer];
    documents.push({ key: keyOfDocument(String(key)), version: Number(version), value: copyOf(value) });
  }
  return documents;
}

/** A copy, so that one small document or record does not keep the memory of the whole reply. */
function copyOf(value: Buffer): Uint8Array {
  return new Uint8Array(value);
}

/** A cursor is the position of the last document of a page; the next page begins below it. */
function readCursor(after: string | undefined): string {
  if (after === undefined) return "+inf";
  if (!/^\d{1,15}$/.test(after)) throw new JournalError("bad-cursor", "this is not the cursor of a page");
  return `(${after}`;
}
