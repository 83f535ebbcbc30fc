import type { Journal, ListedDocument } from "@agent-team/journal";
import { maxRunTimeoutMs } from "../limits.ts";
import { byDay, DAY_MS } from "./by-day.ts";
import { decodeDocument } from "./document.ts";
import type { RunRecord } from "./run-record.ts";
import { isTombstone, removeDocument, type Tombstone } from "./tombstone.ts";

/** How long a deleted workflow or run is remembered: as long as a client may repeat a request. */
const TOMBSTONE_MS: number = DAY_MS;

/** The longest retention (a year), the longest run before it (30 days), and 5 days in which no engine ran. */
const LOOK_BACK_DAYS = 400;

const PAGE = 100;

export interface SweepOptions {
  readonly journal: Journal;
  readonly nowMs: number;
  /** How long a run is kept after its end. */
  readonly runRetentionMs: number;
}

/**
 * Removes the runs and tombstones whose time has passed; resolves to their number. Looks day by day at what was begun
 * then; a day without documents costs one request. Any number of engines may sweep at once.
 */
export async function sweep({ journal, nowMs, runRetentionMs }: SweepOptions): Promise<number> {
  let removed = 0;
  for (let day = 1; day <= LOOK_BACK_DAYS; day++) {
    let after: string | undefined;
    do {
      const page = await journal.list(byDay(nowMs - day * DAY_MS), { limit: PAGE, after });
      for (const document of page.documents) {
        if (endOfLifeMs(document, runRetentionMs) > nowMs) continue;
        if (await removeDocument(journal, document.key, document.version)) removed++;
      }
      after = page.next;
    } while (after !== undefined);
  }
  return removed;
}

/** A run that never ended, because its engine did, is kept until it could not go on any more, and then as long as others. */
function endOfLifeMs({ value }: ListedDocument, runRetentionMs: number): number {
  const document = decodeDocument<RunRecord | Tombstone>(value);
  if (isTombstone(document)) return document.deleted.timeMs + TOMBSTONE_MS;
  const last = document.events.at(-1);
  const first = document.events[0];
  const endMs = last?.type === "run_ended" ? last.timeMs : (first?.timeMs ?? 0) + maxRunTimeoutMs;
  return endMs + runRetentionMs;
}
