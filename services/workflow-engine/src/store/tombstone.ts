import { isJournalError, type Journal } from "@agent-team/journal";
import { MAX_TOMBSTONES_PER_OWNER } from "../limits.ts";
import { byDay } from "./by-day.ts";
import { encodeDocument } from "./document.ts";

/**
 * Replaces a deleted workflow or run for a day, so that a repeated deletion succeeds and a repeated creation does not create
 * it again.
 */
export interface Tombstone {
  readonly deleted: { readonly owner: string; readonly timeMs: number };
}

export function isTombstone(document: object | undefined): document is Tombstone {
  return document !== undefined && "deleted" in document;
}

export interface Deletion {
  readonly key: string;
  readonly owner: string;
  readonly expectedVersion: number;
  readonly timeMs: number;
}

/**
 * Replaces a document by its tombstone; false when it was changed after it was read. If the owner has the most tombstones
 * that it may have, or the store is full, the document is removed without a tombstone: its request id is forgotten at once.
 */
export async function deleteDocument(journal: Journal, deletion: Deletion): Promise<boolean> {
  const { key, owner, expectedVersion, timeMs } = deletion;
  const tombstone: Tombstone = { deleted: { owner, timeMs } };
  const index = `deleted/${encodeURIComponent(owner)}`;
  const quota = { index, maxDocuments: MAX_TOMBSTONES_PER_OWNER, maxBytes: MAX_TOMBSTONES_PER_OWNER * 1024 };
  try {
    await journal.put(key, encodeDocument(tombstone), { expectedVersion, indexes: [index, byDay(timeMs)], quota });
    return true;
  } catch (error) {
    if (isJournalError(error, "version-conflict")) return false;
    if (!isJournalError(error, "over-quota") && !isJournalError(error, "full")) throw error;
    return removeDocument(journal, key, expectedVersion);
  }
}

/** Removes a document without a tombstone; false when it was changed after it was read. */
export async function removeDocument(journal: Journal, key: string, expectedVersion: number): Promise<boolean> {
  try {
    await journal.delete(key, { expectedVersion });
    return true;
  } catch (error) {
    if (isJournalError(error, "version-conflict")) return false;
    throw error;
  }
}
