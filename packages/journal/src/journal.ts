import type { DueTimes } from "./due-times.ts";

/**
 * Shared state: one instance of a service stores documents, and every other instance reads them.
 *
 * A document is bytes under a key, with a version. An index lists documents under a name that the caller chooses, for
 * instance "workflows/local", for readers that do not know the keys. A document may have a log: records that are appended
 * behind it at the version that the writer has read, so that a writer that has been replaced adds nothing. A queue of due
 * times lets any instance continue the work of one that died.
 *
 * Adapters: `in-process.ts` (embedded default), `grpc/` (the local cloud's, shared over a loopback socket) and `redis/`
 * (production's). One suite, `journal.contract.ts`, tests all. Every method rejects with a `JournalError` and never hangs.
 *
 * A write that several rules refuse is refused by the first of them: `too-large`, which the request alone decides, then
 * `version-conflict`, `full`, `over-quota`. So a writer that has been replaced learns that from a full store, too, and does not wait for
 * room; and a creation that is repeated finds the first one.
 */
export interface Journal extends DueTimes {
  /** Whether requests are likely to succeed now. For readiness; a request may be tried either way. */
  readonly isReady: boolean;

  /** Reads a document; `undefined` when there is none. */
  get(key: string): Promise<Document | undefined>;

  /**
   * Writes a document and resolves to its new version: 1 for a new one, then growing by one. The document begins anew: its log
   * is removed.
   * Rejects with `version-conflict` and changes nothing when `expectedVersion` does not match, with `full` or
   * `too-large` when the store's bounds would be passed, with `over-quota` when those of `options.quota` would be.
   */
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<number>;

  /**
   * Adds records to the log of a document, in one step, and resolves to the document's new version. The cost depends on the
   * records alone and not on the length of the log. Records count as bytes of the document in its indexes.
   * Rejects with `version-conflict` and changes nothing when `expectedVersion` does not match or there is no such document,
   * with `too-large` when records and value together have more than `MAX_VALUE_BYTES`, with `full` as `put`.
   */
  append(key: string, records: readonly Uint8Array[], options: AppendOptions): Promise<number>;

  /**
   * Reads records of a document's log, the oldest first; `undefined` when there is no such document. A page ends at
   * `MAX_PAGE_BYTES`; a larger record is a page of its own.
   */
  read(key: string, options?: ReadOptions): Promise<LogPage | undefined>;

  /**
   * Removes a document, also from its indexes, and its log; resolves to whether there was one.
   * A document that is put again afterwards starts at version 1.
   */
  delete(key: string, options?: DeleteOptions): Promise<boolean>;

  /**
   * Lists an index, newest position first (see `PutOptions.indexes`). A document that moves to the front while a
   * caller turns pages is not seen again by that caller; one that was there from the beginning is seen at most once.
   * Rejects with `bad-cursor` when `after` did not come from a page.
   */
  list(index: string, options: ListOptions): Promise<Page>;

  /** Ends the adapter; requests that wait, and all later ones, reject with `closed`. Idempotent. */
  close(): Promise<void>;
}

export interface Document {
  /** Shared with the store: read it, do not write to it. */
  readonly value: Uint8Array;
  readonly version: number;
}

export interface PutOptions {
  /**
   * Write only if this is the present version; 0 = only if there is no such document, and if the store has room to spare:
   * above `NEW_DOCUMENTS_MAX_RATIO` of its memory it rejects with `full`. Default: write anyway.
   */
  readonly expectedVersion?: number | undefined;
  /**
   * The indexes the document stands in from now on, and no others; it moves to the front of each.
   * Default: it stays in its indexes, at its positions. With indexes at each put the order is "newest change first",
   * with indexes at the first put only it is "newest first".
   */
  readonly indexes?: readonly string[] | undefined;
  /** The bounds of one of `indexes`. Default: those of the store. */
  readonly quota?: Quota | undefined;
}

/** Bounds of one index, checked in the same step as the put, so that many writers at once cannot exceed them together. */
export interface Quota {
  /** The index that is counted, one of those that the put names. */
  readonly index: string;
  /** Most documents in it. Acts on a document that was not in it. */
  readonly maxDocuments: number;
  /** Most bytes of all its values together. Acts on a value that is larger than the one before. */
  readonly maxBytes: number;
}

export interface AppendOptions {
  /** Append only if this is the present version, so that the writer knows all records before its own. */
  readonly expectedVersion: number;
  /** The document's value from now on. Default: the present one. */
  readonly value?: Uint8Array | undefined;
  /**
   * Append also when the store is full, by a little: for the end of what was begun, which makes room later, and for a request to end it.
   * Default false: `full`.
   */
  readonly mayOverfill?: boolean | undefined;
}

export interface ReadOptions {
  /** How many records to leave out at the beginning: `next` of the page before. Default 0. */
  readonly after?: number | undefined;
}

export interface LogPage {
  /** Shared with the store: read them, do not write to them. */
  readonly records: readonly Uint8Array[];
  /** The `after` of the next page, which is also the number of records so far. */
  readonly next: number;
  /** Whether the log had no further record. */
  readonly isLast: boolean;
  /** The version of the document when the page was read: `expectedVersion` of an append behind the last page. */
  readonly version: number;
}

export interface DeleteOptions {
  /** Remove only if this is the present version, otherwise `version-conflict`. Default: remove anyway. */
  readonly expectedVersion?: number | undefined;
}

export interface ListOptions {
  /** Most documents of one page, at least 1. A page also ends at `MAX_PAGE_BYTES`. */
  readonly limit: number;
  /** `next` of the page before. Default: the first page. */
  readonly after?: string | undefined;
}

export interface Page {
  readonly documents: readonly ListedDocument[];
  /** Cursor of the next page; `undefined` on the last. */
  readonly next: string | undefined;
}

export interface ListedDocument extends Document {
  readonly key: string;
}

/**
 * Part of the store's memory that new documents may fill. The rest is left to the documents that exist, so that work that was begun can
 * still be recorded to its end.
 */
export const NEW_DOCUMENTS_MAX_RATIO = 0.85;

/** Values of one page, in bytes; a larger single document makes a page of its own. Keeps answers far below the limit of a message. */
export const MAX_PAGE_BYTES: number = 1024 * 1024;

/** Largest value of one document, in bytes: a size that does not delay the other requests on the connection for long. */
export const MAX_VALUE_BYTES: number = 8 * 1024 * 1024;
