import { isJournalError, type Journal } from "@agent-team/journal";
import type { RunEvent } from "../run-event.ts";
import type { RunHeader, RunLog, RunRecord } from "../run-log.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import { deleteDocument, isTombstone, type Tombstone } from "./tombstone.ts";

/** The events of one run in one document, which each append writes again. */
export class DocumentRunLog implements RunLog {
  readonly header: RunHeader;
  readonly #journal: Journal;
  readonly #key: string;
  #events: readonly RunEvent[];
  #version: number;

  constructor(journal: Journal, { events, ...header }: RunRecord, version: number) {
    this.#journal = journal;
    this.header = header;
    this.#key = runKey(header.id);
    this.#events = events;
    this.#version = version;
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  get hasEnded(): boolean {
    return this.#events.at(-1)?.type === "run_ended";
  }

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

  async refresh(): Promise<void> {
    const document = await this.#journal.get(this.#key);
    if (document === undefined) throw new Error(`the store has lost run ${this.header.id}`);
    const record = decodeDocument<RunRecord | Tombstone>(document.value);
    if (isTombstone(record)) throw new Error(`run ${this.header.id} was deleted`);
    this.#events = record.events;
    this.#version = document.version;
  }

  /** False when the run was changed after it was read. */
  delete(timeMs: number): Promise<boolean> {
    const { owner } = this.header;
    return deleteDocument(this.#journal, { key: this.#key, owner, expectedVersion: this.#version, timeMs });
  }

  /** False when another log has written first. */
  async #write(events: readonly RunEvent[]): Promise<boolean> {
    const record: RunRecord = { ...this.header, events };
    try {
      const options = { expectedVersion: this.#version };
      this.#version = await this.#journal.put(this.#key, encodeDocument(record), options);
      this.#events = events;
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      throw error;
    }
  }
}

/** The key of a run's document. */
export function runKey(id: string): string {
  return `run/${id}`;
}

function isSame(some: readonly RunEvent[], others: readonly RunEvent[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
