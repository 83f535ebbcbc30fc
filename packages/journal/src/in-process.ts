import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { ChangeOrder } from "./change-order.ts";
import type { ClaimOptions, ScheduleOptions } from "./due-times.ts";
import {
  appendTooLarge,
  closedError,
  JournalError,
  noRoomToSpare,
  overQuota,
  sumOf,
  tooLarge,
  versionConflict,
} from "./errors.ts";
import { InProcessDueTimes } from "./in-process-due-times.ts";
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
  NEW_DOCUMENTS_MAX_RATIO,
  type Page,
  type PutOptions,
  type Quota,
  type ReadOptions,
} from "./journal.ts";

export interface InProcessJournalOptions {
  /** Decides what is due. Default: the clock of the process. */
  readonly clock?: Clock | undefined;
  /** Most documents, above which `put` of a new one rejects with `full`; as many keys in a queue. Default 100,000. */
  readonly maxDocuments?: number | undefined;
  /** Most bytes of all keys, values and records together, above which `put` and `append` reject with `full`. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A stored document and its position. */
interface Entry extends Document {
  readonly indexes: readonly string[];
  /** Its position in every one of `indexes`. */
  readonly sequence: number;
  /** Its log. Grows in place: a copy for each append would cost as much as the log is long. */
  readonly records: Uint8Array[];
  readonly recordBytes: number;
}

/**
 * Maps in this process: the embedded default, and the journal that the local cloud shares over gRPC. Bounded, without
 * timers, and atomic because no method waits. The documents end with the process.
 */
export class InProcessJournal implements Journal {
  readonly #entries = new Map<string, Entry>();
  readonly #indexes = new Map<string, ChangeOrder>();
  readonly #dueTimes: InProcessDueTimes;
  readonly #maxDocuments: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #sequence = 0;
  #closed = false;

  constructor(options: InProcessJournalOptions = {}) {
    this.#maxDocuments = options.maxDocuments ?? 100_000;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#dueTimes = new InProcessDueTimes(options.clock ?? systemClock, this.#maxDocuments);
  }

  get isReady(): boolean {
    return !this.#closed;
  }

  async get(key: string): Promise<Document | undefined> {
    this.#refuseWhenClosed();
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : { value: entry.value, version: entry.version };
  }

  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    this.#refuseWhenClosed();
    if (value.byteLength > MAX_VALUE_BYTES) throw tooLarge(key, value);
    const before = this.#entries.get(key);
    this.#checkVersion(key, before, options.expectedVersion);
    this.#checkBounds(key, value, before);
    if (options.expectedVersion === 0) this.#checkRoomToSpare(key, key.length + value.byteLength);
    this.#checkQuota(key, value, before, options.quota);

    const moves = options.indexes !== undefined || before === undefined;
    const entry: Entry = {
      value: value.slice(), // the caller may change its array
      version: (before?.version ?? 0) + 1,
      indexes: options.indexes === undefined ? (before?.indexes ?? []) : [...new Set(options.indexes)],
      sequence: moves ? ++this.#sequence : before.sequence,
      records: [],
      recordBytes: 0,
    };
    if (before !== undefined) this.#count(before, -bytesOf(before));
    if (moves) {
      if (before !== undefined) this.#leaveIndexes(before);
      this.#enterIndexes(key, entry);
    }
    this.#count(entry, bytesOf(entry));
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(key, entry) - (before === undefined ? 0 : sizeOf(key, before));
    return entry.version;
  }

  async append(key: string, records: readonly Uint8Array[], options: AppendOptions): Promise<number> {
    this.#refuseWhenClosed();
    const { expectedVersion, value, mayOverfill = false } = options;
    const added = sumOf(records);
    if (added + (value?.byteLength ?? 0) > MAX_VALUE_BYTES) throw appendTooLarge(key, added + (value?.byteLength ?? 0));
    const before = this.#entries.get(key);
    if (before?.version !== expectedVersion) throw versionConflict(key, expectedVersion, before?.version ?? 0);
    const grown = added + (value === undefined ? 0 : value.byteLength - before.value.byteLength);
    if (!mayOverfill) this.#checkRoom(key, grown);
    before.records.push(...records.map((record) => record.slice()));
    this.#entries.set(key, {
      ...before,
      value: value?.slice() ?? before.value,
      version: expectedVersion + 1,
      recordBytes: before.recordBytes + added,
    });
    this.#count(before, grown);
    this.#bytes += grown;
    return expectedVersion + 1;
  }

  async read(key: string, { after = 0 }: ReadOptions = {}): Promise<LogPage | undefined> {
    this.#refuseWhenClosed();
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    let next = after;
    for (let bytes = 0; next < entry.records.length; next++) {
      bytes += entry.records[next]?.byteLength ?? 0;
      if (next > after && bytes > MAX_PAGE_BYTES) break;
    }
    const isLast = next >= entry.records.length;
    return { records: entry.records.slice(after, next), next, isLast, version: entry.version };
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    this.#refuseWhenClosed();
    const entry = this.#entries.get(key);
    this.#checkVersion(key, entry, options.expectedVersion);
    if (entry === undefined) return false;
    this.#count(entry, -bytesOf(entry));
    this.#leaveIndexes(entry);
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry);
    return true;
  }

  async list(index: string, { limit, after }: ListOptions): Promise<Page> {
    this.#refuseWhenClosed();
    const start = readCursor(after);
    const documents: ListedDocument[] = [];
    let bytes = 0;
    let last = 0;
    for (const { key, sequence } of this.#indexes.get(index)?.below(start) ?? []) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      bytes += entry.value.byteLength;
      const isFull = documents.length >= limit || (documents.length > 0 && bytes > MAX_PAGE_BYTES);
      if (isFull) return { documents, next: String(last) };
      documents.push({ key, value: entry.value, version: entry.version });
      last = sequence;
    }
    return { documents, next: undefined };
  }

  async schedule(queue: string, keys: readonly string[], inMs: number, options?: ScheduleOptions): Promise<void> {
    this.#refuseWhenClosed();
    this.#dueTimes.schedule(queue, keys, inMs, options);
  }

  async unschedule(queue: string, keys: readonly string[]): Promise<void> {
    this.#refuseWhenClosed();
    this.#dueTimes.unschedule(queue, keys);
  }

  async claimDue(queue: string, options: ClaimOptions): Promise<readonly string[]> {
    this.#refuseWhenClosed();
    return this.#dueTimes.claim(queue, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#dueTimes.clear();
    this.#entries.clear();
    this.#indexes.clear();
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw closedError();
  }

  #checkVersion(key: string, entry: Entry | undefined, expected: number | undefined): void {
    const present = entry?.version ?? 0;
    if (expected !== undefined && expected !== present) throw versionConflict(key, expected, present);
  }

  #checkBounds(key: string, value: Uint8Array, before: Entry | undefined): void {
    if (before === undefined && this.#entries.size >= this.#maxDocuments) {
      throw new JournalError("full", `no room for ${key}: ${this.#maxDocuments} documents are the limit`);
    }
    this.#checkRoom(key, key.length + value.byteLength - (before === undefined ? 0 : sizeOf(key, before)));
  }

  #checkRoom(key: string, grown: number): void {
    if (this.#bytes + grown > this.#maxBytes) {
      throw new JournalError("full", `no room for ${key}: ${this.#bytes} of ${this.#maxBytes} bytes are taken`);
    }
  }

  #checkRoomToSpare(key: string, grown: number): void {
    if (this.#bytes + grown > NEW_DOCUMENTS_MAX_RATIO * this.#maxBytes) throw noRoomToSpare(key);
  }

  #checkQuota(key: string, value: Uint8Array, before: Entry | undefined, quota: Quota | undefined): void {
    if (quota === undefined) return;
    const order = this.#indexes.get(quota.index);
    const present = before?.indexes.includes(quota.index) === true ? bytesOf(before) : undefined;
    const isOneMore = present === undefined && (order?.length ?? 0) >= quota.maxDocuments;
    const grown = value.byteLength - (present ?? 0);
    if (isOneMore || (grown > 0 && (order?.bytes ?? 0) + grown > quota.maxBytes)) throw overQuota(key, quota);
  }

  #count({ indexes }: Entry, bytes: number): void {
    for (const name of indexes) {
      const order = this.#indexes.get(name);
      if (order !== undefined) order.bytes += bytes;
    }
  }

  #enterIndexes(key: string, { indexes, sequence }: Entry): void {
    for (const name of indexes) {
      const order = this.#indexes.get(name) ?? new ChangeOrder();
      order.add({ sequence, key });
      this.#indexes.set(name, order);
    }
  }

  #leaveIndexes({ indexes, sequence }: Entry): void {
    for (const name of indexes) {
      const order = this.#indexes.get(name);
      order?.remove(sequence);
      if (order?.isEmpty === true) this.#indexes.delete(name);
    }
  }
}

function sizeOf(key: string, entry: Entry): number {
  return key.length + bytesOf(entry);
}

/** The bytes that count in the indexes. */
function bytesOf({ value, recordBytes }: Entry): number {
  return value.byteLength + recordBytes;
}

/** A cursor is the sequence of the last document of a page. */
function readCursor(after: string | undefined): number {
  if (after === undefined) return Infinity;
  if (!/^\d{1,15}$/.test(after)) throw new JournalError("bad-cursor", "this is not the cursor of a page");
  return Number(after);
}
