import { isJournalError, type Journal } from "@agent-team/journal";
import { maxTombstonesPerOwner } from "../limits.ts";
import { byDay } from "./by-day.ts";
import { encodeDocument } from "./document.ts";

/**
 * What stands in the place of a deleted workflow or run for a day, so that a repeat of its deletion succeeds and a repeat
 * of its creation does not create it anew.
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
 * Replaces a document by its tombstone; false when it was changed since it was read. An owner has so many tombstones at
 * most, and a full store takes none: then nothing is left, and the request id is forgotten at once.
 */
export async function deleteDocument(journal: Journal, deletion: Deletion): Promise<boolean> {
  const { key, owner, expectedVersion, timeMs } = deletion;
  const tombstone: Tombstone = { deleted: { owner, timeMs } };
  const index = `deleted/${encodeURIComponent(owner)}`;
  try {
    await journal.put(key, encodeDocument(tombstone), {
      expectedVersion,
      indexes: [index, byDay(timeMs)],
      quota: { index, maxDocuments: maxTombstonesPerOwner, maxBytes: maxTombstonesPerOwner * 1024 },
    });
    return true;
  } catch (error) {
    if (isJournalError(error, "version-conflict")) return false;
    if (!isJournalError(error, "over-quota") && !isJournalError(error, "full")) throw error;
    return removeDocument(journal, key, expectedVersion);
  }
}

/** Removes a document and leaves nothing; false when it was changed since it was read. */
export async function removeDocument(journal: Journal, key: string, expectedVersion: number): Promise<boolean> {
  try {
    await journal.delete(key, { expectedVersion });
    return true;
  } catch (error) {
    if (isJournalError(error, "version-conflict")) return false;
    throw error;
  }
}
