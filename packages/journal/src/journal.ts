/**
 * Shared state: what one instance of a service stores, every other instance reads. This is the documents half of the
 * port; the append-only, fenced log that makes turns and runs survive their server is its next step.
 *
 * A document is bytes under a key, with a version. An index lists documents under a name of the caller's choice,
 * for instance "workflows/local": whoever stands in it is found without knowing its key.
 *
 * Adapters: `in-process.ts` (embedded default), `grpc/` (the local cloud's, shared over a loopback socket) and `redis/`
 * (production's). One suite, `journal.contract.ts`, holds for all. Every method rejects with a `JournalError` and never hangs.
 */
export interface Journal {
  /** Whether requests are likely to succeed now. For readiness; a request may be tried either way. */
  readonly isReady: boolean;

  /** Reads a document; `undefined` when there is none. */
  get(key: string): Promise<Document | undefined>;

  /**
   * Writes a document and resolves to its new version: 1 for a new one, then growing by one.
   * Rejects with `version-conflict` and changes nothing when `expectedVersion` does not match, with `full` or
   * `too-large` when the store's bounds would be passed, with `over-quota` when those of `options.quota` would be.
   */
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<number>;

  /**
   * Removes a document, also from its indexes; resolves to whether there was one.
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
  /** Write only if this is the present version; 0 = only if there is no such document. Default: write anyway. */
  readonly expectedVersion?: number | undefined;
  /**
   * The indexes the document stands in from now on, and no others; it moves to the front of each.
   * Default: it stays in those it is in, where it is. So naming them at each put gives "newest change first", and
   * naming them at the first alone gives "newest first".
   */
  readonly indexes?: readonly string[] | undefined;
  /** What one of `indexes` may hold. Default: as much as the store. */
  readonly quota?: Quota | undefined;
}

/** Bounds of one index, checked with the put that would pass them: so no number of writers at once passes them together. */
export interface Quota {
  /** The index that is counted, one of those that the put names. */
  readonly index: string;
  /** Most documents in it. Acts on a document that was not in it. */
  readonly maxDocuments: number;
  /** Most bytes of all its values together. Acts on a value that is larger than the one before. */
  readonly maxBytes: number;
}

export interface DeleteOptions {
  /** Remove only if this is the present version, otherwise `version-conflict`. Default: remove anyway. */
  readonly expectedVersion?: number | undefined;
}

export interface ListOptions {
  /** Most documents of one page, at least 1. A page also ends at `maxPageBytes`. */
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

/** Values of one page, in bytes; a larger single document makes a page of its own. Keeps any answer far below the frame limit. */
export const maxPageBytes: number = 1024 * 1024;

/** Largest value of one document, in bytes: what a socket carries in one frame without holding up the others for long. */
export const maxValueBytes: number = 8 * 1024 * 1024;
