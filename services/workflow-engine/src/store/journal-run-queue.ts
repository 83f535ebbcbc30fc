import type { Journal, UnreadableDocuments } from "@agent-team/journal";
import { type RunLog, wasTaken } from "../run-log.ts";
import type { RunQueue } from "../run-queue.ts";
import { JournalRunLog } from "./journal-run-log.ts";
import { isTombstone } from "./tombstone.ts";

const QUEUE = "runs";

/** Runs that wait for a place among the active runs of their owner. A queue of its own: there may be thousands of one owner. */
const DEFERRED = "runs-deferred";

/** Runs taken over at once: the next call takes the others. */
const MAX_TAKEN = 100;

/** A `RunQueue` on the due times of the journal. A run is put into it before it is stored, so that no stored run is missing. */
export class JournalRunQueue implements RunQueue {
  readonly #journal: Journal;
  readonly #unreadable: UnreadableDocuments;
  readonly #leaseMs: number;

  constructor(journal: Journal, unreadable: UnreadableDocuments, leaseMs: number) {
    this.#journal = journal;
    this.#unreadable = unreadable;
    this.#leaseMs = leaseMs;
  }

  renew(runIds: readonly string[]): Promise<void> {
    return this.#journal.schedule(QUEUE, runIds, this.#leaseMs);
  }

  wakeIn(runId: string, ms: number): Promise<void> {
    return this.#journal.schedule(QUEUE, [runId], ms);
  }

  /** Due at once, behind the other deferred runs. The first engine with a place for its owner drives it. */
  async defer(runId: string): Promise<void> {
    await this.#journal.schedule(DEFERRED, [runId], 0);
    await this.#journal.unschedule(QUEUE, [runId]);
  }

  /**
   * A run that is taken has the lease of the others: left in its own queue another engine would take it a lease later, although this one
   * drives it. The first queue gets it before the second one loses it. A run that was taken before has been deferred by an engine that was
   * late: another one drives it, or takes it after its lease.
   */
  async takeDeferred(limit: number): Promise<readonly RunLog[]> {
    const leaseMs = this.#leaseMs;
    const ids = await this.#journal.claimDue(DEFERRED, { limit, leaseMs });
    if (ids.length === 0) return [];
    await this.#journal.schedule(QUEUE, ids, leaseMs);
    await this.#journal.unschedule(DEFERRED, ids);
    return (await this.#openAll(ids)).filter((log) => !wasTaken(log));
  }

  /** A deferred run is in a queue of its own; the tick that takes it from here defers it again. */
  putMissing(runIds: readonly string[]): Promise<void> {
    return this.#journal.schedule(QUEUE, runIds, this.#leaseMs, { onlyMissing: true });
  }

  async remove(runId: string): Promise<void> {
    await this.#journal.unschedule(QUEUE, [runId]);
    await this.#journal.unschedule(DEFERRED, [runId]);
  }

  /** `putMissing` may have put a deferred run here, too: the engine that takes it from here is the only one that has it. */
  async takeDue(): Promise<readonly RunLog[]> {
    const ids = await this.#journal.claimDue(QUEUE, { limit: MAX_TAKEN, leaseMs: this.#leaseMs });
    if (ids.length === 0) return [];
    await this.#journal.unschedule(DEFERRED, ids);
    return this.#openAll(ids);
  }

  /** Without those that the store does not answer for, which are due again after their lease. Rejects when there is no other one. */
  async #openAll(ids: readonly string[]): Promise<readonly RunLog[]> {
    const opened = await Promise.allSettled(ids.map((id) => this.#openOrRemove(id)));
    const logs = opened.flatMap((one) => (one.status === "fulfilled" && one.value !== undefined ? [one.value] : []));
    const failed = opened.find(({ status }) => status === "rejected");
    if (logs.length === 0 && failed?.status === "rejected") throw failed.reason;
    return logs;
  }

  /** A run that has ended, was deleted, or was never stored is not due again. Neither is one that cannot be read. */
  async #openOrRemove(id: string): Promise<RunLog | undefined> {
    const log = await this.#open(id);
    if (log !== undefined && !isTombstone(log) && !log.hasEnded) return log;
    await this.remove(id);
    return undefined;
  }

  async #open(id: string): ReturnType<typeof JournalRunLog.open> {
    try {
      return await JournalRunLog.open(this.#journal, id);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      this.#unreadable.report(id);
      return undefined;
    }
  }
}
