import type { Clock } from "@agent-team/foundation/clock";
import type { Journal, ListedDocument, UnreadableDocuments } from "@agent-team/journal";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { RunRecord } from "../run-log.ts";
import { byDay, DAY_MS } from "./by-day.ts";
import { decodeDocument } from "./document.ts";
import { isTombstone, removeDocument, type Tombstone } from "./tombstone.ts";

/** How long a deleted workflow or run is remembered: as long as a client may repeat a request. */
const TOMBSTONE_MS: number = DAY_MS;

/** The longest retention (a year), the longest run before it (30 days), and 5 days in which no engine ran. */
const LOOK_BACK_DAYS = 400;

const PAGE = 100;

export interface RetentionOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** How long a run is kept after its end. */
  readonly runRetentionMs: number;
  readonly unreadable: UnreadableDocuments;
}

/** Removes the runs and tombstones whose time has passed. Several engines may do so at once. */
export class Retention {
  readonly #options: RetentionOptions;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /**
   * Reads the documents of each day and removes the expired ones; resolves to their number. A day without documents costs one
   * request. A document that cannot be read stays.
   */
  async sweep(): Promise<number> {
    const nowMs = this.#options.clock.wallNow();
    let removed = 0;
    for (let day = 1; day <= LOOK_BACK_DAYS; day++) removed += await this.#sweepDay(nowMs - day * DAY_MS, nowMs);
    return removed;
  }

  async #sweepDay(dayMs: number, nowMs: number): Promise<number> {
    const { journal } = this.#options;
    let removed = 0;
    let after: string | undefined;
    do {
      const page = await journal.list(byDay(dayMs), { limit: PAGE, after });
      for (const document of page.documents) {
        if (this.#hasExpired(document, nowMs) && (await removeDocument(journal, document.key, document.version)))
          removed++;
      }
      after = page.next;
    } while (after !== undefined);
    return removed;
  }

  #hasExpired({ key, value }: ListedDocument, nowMs: number): boolean {
    try {
      return endOfLifeMs(value, this.#options.runRetentionMs) <= nowMs;
    } catch {
      this.#options.unreadable.report(key);
      return false;
    }
  }
}

/** @throws when the document is neither a run nor a tombstone */
function endOfLifeMs(value: Uint8Array, runRetentionMs: number): number {
  const document = decodeDocument<RunRecord | Tombstone>(value);
  const ms = isTombstone(document) ? document.deleted.timeMs + TOMBSTONE_MS : lastMomentMs(document) + runRetentionMs;
  if (!Number.isFinite(ms)) throw new TypeError("expected a run or a tombstone, each with its times");
  return ms;
}

/** A run that never ended, because no engine ran, counts as ended when the longest run would have ended. */
function lastMomentMs({ events, end }: RunRecord): number {
  const last = end ?? events.at(-1);
  return last?.type === "run_ended" ? last.timeMs : (events[0]?.timeMs ?? Number.NaN) + MAX_RUN_TIMEOUT_MS;
}
