import { isJournalError, type Journal } from "@agent-team/journal";
import type { RunEvent } from "../run/events.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import type { RunHeader, RunRecord } from "./run-record.ts";

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

  /** `undefined` when there is no such run. */
  static async open(journal: Journal, id: string): Promise<RunLog | undefined> {
    const document = await journal.get(keyOf(id));
    if (document === undefined) return undefined;
    return new RunLog(journal, decodeDocument<RunRecord>(document.value), document.version);
  }

  /** Records a new run; `undefined`, and nothing changed, when its id is taken. */
  static async create(journal: Journal, record: RunRecord): Promise<RunLog | undefined> {
    // Named once, at the beginning: a run keeps its place, so lists are in the order in which runs began.
    const indexes = [indexOf(record.owner), indexOf(record.owner, record.workflowId)];
    try {
      const version = await journal.put(keyOf(record.id), encodeDocument(record), { expectedVersion: 0, indexes });
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
    if (document === undefined) throw new Error(`the store has lost run ${this.header.id}`);
    this.#events = decodeDocument<RunRecord>(document.value).events;
    this.#version = document.version;
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
