import { isJournalError, type Journal } from "@agent-team/journal";
import type { RunEvent } from "../run/events.ts";
import { byDay } from "./by-day.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import { type OwnerLimits, runQuota } from "./owner-limits.ts";
import type { RunHeader, RunRecord } from "./run-record.ts";
import { deleteDocument, isTombstone, type Tombstone } from "./tombstone.ts";

/**
 * The events of one run, as a document that is written anew with each append. Any number of logs may be open on a
 * run: an append by one is seen by the others at their next append or refresh.
 */
export class RunLog {
  readonly header: RunHeader;
  readonly #journal: Journal;
  #events: readonly RunEvent[];
  #version: number;

  private constructor(journal: Journal, { events, ...header }: RunRecord, version: number) {
    this.#journal = journal;
    this.header = header;
    this.#events = events;
    this.#version = version;
  }

  /** The log of a run; its tombstone when it was deleted within a day; `undefined` when there is no such run. */
  static async find(journal: Journal, id: string): Promise<RunLog | Tombstone | undefined> {
    const document = await journal.get(keyOf(id));
    if (document === undefined) return undefined;
    const record = decodeDocument<RunRecord | Tombstone>(document.value);
    return isTombstone(record) ? record : new RunLog(journal, record, document.version);
  }

  /**
   * Records a new run; `undefined`, and nothing changed, when its id is taken.
   *
   * @throws JournalError over-quota
   */
  static async create(journal: Journal, record: RunRecord, limits: OwnerLimits): Promise<RunLog | undefined> {
    // Named once, at the beginning: a run keeps its place, so lists are in the order in which runs began.
    const index = indexOf(record.owner);
    const indexes = [index, indexOf(record.owner, record.workflowId), byDay(record.events[0]?.timeMs ?? 0)];
    const quota = runQuota(index, limits);
    try {
      const version = await journal.put(keyOf(record.id), encodeDocument(record), {
        expectedVersion: 0,
        indexes,
        quota,
      });
      return new RunLog(journal, record, version);
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return undefined;
      throw error;
    }
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  get hasEnded(): boolean {
    return this.#events.at(-1)?.type === "run_ended";
  }

  /**
   * Appends what `next` makes of the events so far; it is asked again when somebody else wrote meanwhile, so what is
   * written was always decided on all that came before it. Adds nothing to a run that has ended.
   * May be repeated when its outcome is not known: what was written already is recognised.
   */
  async append(next: (events: readonly RunEvent[]) => readonly RunEvent[]): Promise<void> {
    while (!this.hasEnded) {
      const before = this.#events;
      const added = next(before);
      if (added.length === 0) return;
      if (await this.#write([...before, ...added])) return;
      await this.refresh();
      if (isSame(this.#events.slice(before.length, before.length + added.length), added)) return;
    }
  }

  /** Reads what others have appended. */
  async refresh(): Promise<void> {
    const document = await this.#journal.get(keyOf(this.header.id));
    const record = document === undefined ? undefined : decodeDocument<RunRecord | Tombstone>(document.value);
    if (document === undefined || record === undefined) throw new Error(`the store has lost run ${this.header.id}`);
    if (isTombstone(record)) throw new Error(`run ${this.header.id} was deleted`);
    this.#events = record.events;
    this.#version = document.version;
  }

  /** False when the run was changed since it was read. */
  delete(timeMs: number): Promise<boolean> {
    const { id, owner } = this.header;
    return deleteDocument(this.#journal, { key: keyOf(id), owner, expectedVersion: this.#version, timeMs });
  }

  /** False when somebody else wrote first. */
  async #write(events: readonly RunEvent[]): Promise<boolean> {
    const record: RunRecord = { ...this.header, events };
    try {
      const options = { expectedVersion: this.#version };
      this.#version = await this.#journal.put(keyOf(this.header.id), encodeDocument(record), options);
      this.#events = events;
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      throw error;
    }
  }
}

/**
 * All runs of an owner, or those of one workflow. Escaped, because a subject may be any text: one with a slash would
 * otherwise name what belongs to another.
 */
export function indexOf(owner: string, workflowId?: string): string {
  const runs = `runs/${encodeURIComponent(owner)}`;
  return workflowId === undefined ? runs : `${runs}/${workflowId}`;
}

function keyOf(id: string): string {
  return `run/${id}`;
}

function isSame(some: readonly RunEvent[], others: readonly RunEvent[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
