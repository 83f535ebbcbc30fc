import { ChangeOrder } from "./change-order.ts";
import { closedError, JournalError, overQuota, tooLarge, versionConflict } from "./errors.ts";
import {
  type DeleteOptions,
  type Document,
  type Journal,
  type ListedDocument,
  type ListOptions,
  MAX_PAGE_BYTES,
  MAX_VALUE_BYTES,
  type Page,
  type PutOptions,
  type Quota,
} from "./journal.ts";

export interface InProcessJournalOptions {
  /** Most documents, above which `put` of a new one rejects with `full`. Default 100,000. */
  readonly maxDocuments?: number | undefined;
  /** Most bytes of all keys and values together, above which `put` rejects with `full`. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A stored document and its position. */
interface Entry extends Document {
  readonly indexes: readonly string[];
  /** Its position in every one of `indexes`. */
  readonly sequence: number;
}

/**
 * Maps in this process: the embedded default, and the journal that the local cloud shares over gRPC. Bounded, without
 * timers, and atomic because no method waits. The documents end with the process.
 */
export class InProcessJournal implements Journal {
  readonly #entries = new Map<string, Entry>();
  readonly #indexes = new Map<string, ChangeOrder>();
  readonly #maxDocuments: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #sequence = 0;
  #closed = false;

  constructor(options: InProcessJournalOptions = {}) {
    this.#maxDocuments = options.maxDocuments ?? 100_000;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
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
    const before = this.#entries.get(key);
    this.#checkVersion(key, before, options.expectedVersion);
    this.#checkBounds(key, value, before);
    this.#checkQuota(key, value, before, options.quota);

    const moves = options.indexes !== undefined || before === undefined;
    const entry: Entry = {
      value: value.slice(), // the caller may change its array
      version: (before?.version ?? 0) + 1,
      indexes: options.indexes === undefined ? (before?.indexes ?? []) : [...new Set(options.indexes)],
      sequence: moves ? ++this.#sequence : before.sequence,
    };
    if (before !== undefined) this.#count(before, -before.value.byteLength);
    if (moves) {
      if (before !== undefined) this.#leaveIndexes(before);
      this.#enterIndexes(key, entry);
    }
    this.#count(entry, entry.value.byteLength);
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(key, entry) - (before === undefined ? 0 : sizeOf(key, before));
    return entry.version;
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    this.#refuseWhenClosed();
    const entry = this.#entries.get(key);
    this.#checkVersion(key, entry, options.expectedVersion);
    if (entry === undefined) return false;
    this.#count(entry, -entry.value.byteLength);
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

  async close(): Promise<void> {
    this.#closed = true;
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
    if (value.byteLength > MAX_VALUE_BYTES) throw tooLarge(key, value);
    if (before === undefined && this.#entries.size >= this.#maxDocuments) {
      throw new JournalError("full", `no room for ${key}: ${this.#maxDocuments} documents are the limit`);
    }
    const grown = sizeOf(key, { value }) - (before === undefined ? 0 : sizeOf(key, before));
    if (this.#bytes + grown > this.#maxBytes) {
      throw new JournalError("full", `no room for ${key}: ${this.#bytes} of ${this.#maxBytes} bytes are taken`);
    }
  }

  #checkQuota(key: string, value: Uint8Array, before: Entry | undefined, quota: Quota | undefined): void {
    if (quota === undefined) return;
    const order = this.#indexes.get(quota.index);
    const present = before?.indexes.includes(quota.index) === true ? before.value.byteLength : undefined;
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

function sizeOf(key: string, { value }: Pick<Document, "value">): number {
  return key.length + value.byteLength;
}

/** A cursor is the sequence of the last document of a page. */
function readCursor(after: string | undefined): number {
  if (after === undefined) return Infinity;
  if (!/^\d{1,15}$/.test(after)) throw new JournalError("bad-cursor", "this is not the cursor of a page");
  return Number(after);
}
