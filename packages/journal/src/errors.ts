import { MAX_VALUE_BYTES, NEW_DOCUMENTS_MAX_RATIO, type Quota } from "./journal.ts";

/**
 * - `version-conflict`: `expectedVersion` was not the present one; nothing was written.
 * - `too-large`: the value, or the records of an append, are above `MAX_VALUE_BYTES`; nothing was written.
 * - `over-quota`: the quota of the put would be passed; nothing was written.
 * - `full`: the store's bounds would be passed, for a new document `NEW_DOCUMENTS_MAX_RATIO` of them; nothing was written.
 * - `bad-cursor`: `after` did not come from a page.
 * - `unavailable`: the store did not answer; a write may or may not have happened.
 * - `closed`: `close()` was called.
 */
export type JournalErrorCode =
  | "version-conflict"
  | "too-large"
  | "over-quota"
  | "full"
  | "bad-cursor"
  | "unavailable"
  | "closed";

/** The only error of a journal. Its message is the code, then the failure and its cause. */
export class JournalError extends Error {
  override readonly name: string = "JournalError";
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(`[${code}] ${message}`, options);
    this.code = code;
  }
}

/** By name and not by class, so that it also recognises an error of another copy of this package. */
export function isJournalError(error: unknown, code?: JournalErrorCode): error is JournalError {
  return (
    error instanceof Error &&
    error.name === "JournalError" &&
    (code === undefined || (error as JournalError).code === code)
  );
}

export function closedError(): JournalError {
  return new JournalError("closed", "the journal has been closed");
}

export function tooLarge(key: string, { byteLength }: Uint8Array): JournalError {
  return new JournalError("too-large", `${key} has ${byteLength} bytes, the limit is ${MAX_VALUE_BYTES}`);
}

/** An append of records and perhaps a value, which together are larger than a value may be. */
export function appendTooLarge(key: string, bytes: number): JournalError {
  return new JournalError("too-large", `an append to ${key} has ${bytes} bytes, the limit is ${MAX_VALUE_BYTES}`);
}

/** Bytes of records together. */
export function sumOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The put would pass the quota of an index. */
export function overQuota(key: string, { index, maxDocuments, maxBytes }: Quota): JournalError {
  const limits = `${maxDocuments} documents and ${maxBytes} bytes`;
  return new JournalError("over-quota", `no room for ${key}: ${limits} are the limits of ${index}`);
}

/** A new document would take the room of those that exist. */
export function noRoomToSpare(key: string): JournalError {
  const why = `the store uses more than ${NEW_DOCUMENTS_MAX_RATIO * 100} % of its memory and takes no new documents`;
  return new JournalError(
    "full",
    `no room for ${key}: ${why}; raise its memory (maxmemory of Redis), or delete documents`,
  );
}

/** Another writer was first: read the document again before the next attempt. */
export function versionConflict(key: string, expected: number, present: number): JournalError {
  const found = present === 0 ? "there is no such document" : `it has version ${present}`;
  return new JournalError("version-conflict", `${key} was expected at version ${expected}, ${found}`);
}
