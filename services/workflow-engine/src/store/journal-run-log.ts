import { isJournalError, type Journal } from "@agent-team/journal";
import type { RunEvent } from "../run-event.ts";
import type { RunHeader, RunLog, RunRecord } from "../run-log.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import { deleteDocument, isTombstone, type Tombstone } from "./tombstone.ts";

/**
 * The events of one run. The document of the run has its header and its first events, the log of the document the others, one
 * record each. The append that ends, parks or continues the run writes that into the document as well, for the lists.
 */
export class JournalRunLog implements RunLog {
  readonly header: RunHeader;
  readonly #journal: Journal;
  readonly #key: string;
  readonly #first: readonly RunEvent[];
  readonly #events: RunEvent[];
  /** Records of the log among the events. */
  #read = 0;
  #version: number;

  private constructor(journal: Journal, record: RunRecord, version: number) {
    this.#journal = journal;
    this.header = headerOf(record);
    this.#key = runKey(record.id);
    this.#first = record.events;
    this.#events = [...record.events];
    this.#version = version;
  }

  /** The log of a run that has been stored just now. */
  static created(journal: Journal, record: RunRecord, version: number): JournalRunLog {
    return new JournalRunLog(journal, record, version);
  }

  /** The log of a run, or its tombstone; `undefined` when there is no such run. */
  static async open(journal: Journal, id: string): Promise<JournalRunLog | Tombstone | undefined> {
    const document = await journal.get(runKey(id));
    if (document === undefined) return undefined;
    const record = decodeDocument<RunRecord | Tombstone>(document.value);
    if (isTombstone(record)) return record;
    const log = new JournalRunLog(journal, record, document.version);
    return (await log.#readOn()) === "read" ? log : JournalRunLog.open(journal, id); // it was deleted meanwhile
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  get hasEnded(): boolean {
    return this.#events.at(-1)?.type === "run_ended";
  }

  get isParked(): boolean {
    const last = this.#events.findLast(({ type }) => type === "run_parked" || type === "run_taken");
    return last?.type === "run_parked";
  }

  async append(next: (events: readonly RunEvent[]) => readonly RunEvent[]): Promise<void> {
    while (!this.hasEnded) {
      const before = this.#events.length;
      const added = next(this.#events);
      if (added.length === 0) return;
      if (await this.#write(added)) return;
      await this.refresh();
      if (isSame(this.#events.slice(before, before + added.length), added)) return;
    }
  }

  async refresh(): Promise<void> {
    const outcome = await this.#readOn();
    if (outcome === "absent") throw new Error(`the store has lost run ${this.header.id}`);
    if (outcome === "deleted") throw new Error(`run ${this.header.id} was deleted`);
  }

  /** False when the run was changed after it was read. */
  delete(timeMs: number): Promise<boolean> {
    const { owner } = this.header;
    return deleteDocument(this.#journal, { key: this.#key, owner, expectedVersion: this.#version, timeMs });
  }

  /** Reads the records behind the last one that was read. */
  async #readOn(): Promise<"read" | "absent" | "deleted"> {
    for (;;) {
      const page = await this.#journal.read(this.#key, { after: this.#read });
      if (page === undefined) return "absent";
      // A put begins a document anew: without further records another version may be that of a tombstone.
      if (page.records.length === 0 && page.version !== this.#version && (await this.#isDeleted())) return "deleted";
      this.#events.push(...page.records.map((record) => decodeDocument<RunEvent>(record)));
      this.#read = page.next;
      this.#version = page.version;
      if (page.isLast) return "read";
    }
  }

  async #isDeleted(): Promise<boolean> {
    const document = await this.#journal.get(this.#key);
    return document === undefined || isTombstone(decodeDocument(document.value));
  }

  /** False when another log has written first. */
  async #write(added: readonly RunEvent[]): Promise<boolean> {
    try {
      const mayOverfill = added.some(({ type }) => ENDING.has(type));
      const options = { expectedVersion: this.#version, value: this.#valueAfter(added), mayOverfill };
      this.#version = await this.#journal.append(this.#key, added.map(encodeDocument), options);
      this.#events.push(...added);
      this.#read += added.length;
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      throw error;
    }
  }

  /** The document when events change what lists show; `undefined` when they do not. */
  #valueAfter(added: readonly RunEvent[]): Uint8Array | undefined {
    const last = added.at(-1);
    if (last?.type === "run_ended") return this.#value({ end: withoutOutput(last) });
    if (last?.type === "run_parked") return this.#value({ isParked: true });
    return added[0]?.type === "run_taken" && this.isParked ? this.#value({}) : undefined;
  }

  #value(more: Pick<RunRecord, "end" | "isParked">): Uint8Array {
    return encodeDocument({ ...this.header, events: this.#first, ...more } satisfies RunRecord);
  }
}

/** A full store takes them: a run that has ended can be deleted, and makes room. */
const ENDING: ReadonlySet<RunEvent["type"]> = new Set(["stop_requested", "run_ended"]);

/** The key of a run's document. */
export function runKey(id: string): string {
  return `run/${id}`;
}

/** No list shows it. */
function withoutOutput(end: Extract<RunEvent, { type: "run_ended" }>): Extract<RunEvent, { type: "run_ended" }> {
  return end.state === "succeeded" ? { ...end, output: null } : end;
}

function headerOf({ id, owner, workflowId, workflowVersion, spec, startedHash, rerunOf }: RunRecord): RunHeader {
  return { id, owner, workflowId, workflowVersion, spec, startedHash, rerunOf };
}

function isSame(some: readonly RunEvent[], others: readonly RunEvent[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
