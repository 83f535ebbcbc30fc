import { isJournalError, type Journal } from "@agent-team/journal";

export const DAY_MS = 86_400_000;

/** The longest retention is a year; 35 more days, in case no agent ran for a time. */
const LOOK_BACK_DAYS = 400;

const PAGE = 100;

/** Name of the index of conversations with their last change on that day (UTC). Days count from the Unix epoch. */
export function changedOn(timeMs: number): string {
  return `at:changed/${Math.floor(timeMs / DAY_MS)}`;
}

/** Name of the index of the deletion marks from that day. */
export function deletedOn(timeMs: number): string {
  return `at:deleted-on/${Math.floor(timeMs / DAY_MS)}`;
}

export interface SweepOptions {
  readonly journal: Pick<Journal, "list" | "delete">;
  readonly nowMs: number;
  /** How long a conversation is kept after its last change. */
  readonly retentionMs: number;
  /** Names of further indexes whose documents have expired. Default: none. */
  readonly expired?: readonly string[] | undefined;
}

/**
 * Removes expired conversations and deletion marks, and resolves to their number. It removes whole days, so that a
 * conversation may stay up to a day longer. A day without documents costs one request. Several agents may sweep at once.
 */
export async function sweep({ journal, nowMs, retentionMs, expired = [] }: SweepOptions): Promise<number> {
  const firstDay = Math.ceil(retentionMs / DAY_MS) + 1;
  let removed = 0;
  for (const index of expired) removed += await removeAll(journal, index);
  for (let day = 2; day <= LOOK_BACK_DAYS; day += 1) {
    const timeMs = nowMs - day * DAY_MS;
    removed += await removeAll(journal, deletedOn(timeMs));
    if (day >= firstDay) removed += await removeAll(journal, changedOn(timeMs));
  }
  return removed;
}

async function removeAll(journal: SweepOptions["journal"], index: string): Promise<number> {
  let removed = 0;
  let after: string | undefined;
  do {
    const page = await journal.list(index, { limit: PAGE, after });
    for (const { key, version } of page.documents) if (await remove(journal, key, version)) removed += 1;
    after = page.next;
  } while (after !== undefined);
  return removed;
}

/** False if it was changed after it was listed: then it has not expired. */
async function remove(journal: SweepOptions["journal"], key: string, expectedVersion: number): Promise<boolean> {
  try {
    return await journal.delete(key, { expectedVersion });
  } catch (error) {
    if (isJournalError(error, "version-conflict")) return false;
    throw error;
  }
}
