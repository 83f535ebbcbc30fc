import type { Clock } from "@agent-team/foundation/clock";
import type { Journal, ListedDocument } from "@agent-team/journal";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { RunRecord } from "../run-log.ts";
import type { RunQueue } from "../run-queue.ts";
import type { Schedules } from "../schedules.ts";
import { byDay, DAY_MS } from "./by-day.ts";
import { decodeDocument } from "./document.ts";
import { isTombstone, type Tombstone } from "./tombstone.ts";

/** Days before today that are read: those of the longest run, and one more for runs whose end no engine has recorded in time. */
const LOOK_BACK_DAYS: number = MAX_RUN_TIMEOUT_MS / DAY_MS + 1;

const PAGE = 100;

export interface QueueRepairOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly queue: RunQueue;
  readonly schedules: Schedules;
}

/**
 * The queues say when an engine looks at a run or a schedule, and the store may lose them while it keeps the documents: after a failover, or
 * when an operator deletes them. From time to time each run that has not ended, and each schedule, is put into its queue again if it is missing.
 */
export class QueueRepair {
  readonly #options: QueueRepairOptions;

  constructor(options: QueueRepairOptions) {
    this.#options = options;
  }

  async sweep(): Promise<void> {
    const { clock, queue, schedules } = this.#options;
    const nowMs = clock.wallNow();
    for (let day = 0; day <= LOOK_BACK_DAYS; day++) await this.#sweepDay(nowMs - day * DAY_MS, queue);
    await schedules.putMissing();
  }

  async #sweepDay(dayMs: number, queue: RunQueue): Promise<void> {
    let after: string | undefined;
    do {
      const page = await this.#options.journal.list(byDay(dayMs), { limit: PAGE, after });
      await queue.putMissing(page.documents.flatMap((document) => openRunOf(document) ?? []));
      after = page.next;
    } while (after !== undefined);
  }
}

/** The id of a run that has not ended. Documents that cannot be read are reported by `Retention`. */
function openRunOf({ value }: ListedDocument): string | undefined {
  try {
    const document = decodeDocument<RunRecord | Tombstone>(value);
    return isTombstone(document) || document.end !== undefined ? undefined : document.id;
  } catch {
    return undefined;
  }
}
