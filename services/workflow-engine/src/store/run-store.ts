import {
  isJournalError,
  type Journal,
  type ListedDocument,
  type Quota,
  type UnreadableDocuments,
} from "@agent-team/journal";
import type { OwnerLimits } from "../owner-limits.ts";
import type { RunRecord } from "../run-log.ts";
import { byDay } from "./by-day.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import { JournalRunLog, runKey } from "./journal-run-log.ts";
import { type PageOf, type PageRequest, readPage } from "./page.ts";
import type { Tombstone } from "./tombstone.ts";

/** A run as its document shows it. */
export interface ListedRun extends RunRecord {
  /** Whether an engine has taken it. */
  readonly hasStarted: boolean;
}

/** Runs in the journal, and the lists of each owner and of each workflow, the last start first. */
export class RunStore {
  readonly #journal: Journal;
  readonly #limits: OwnerLimits;
  readonly #unreadable: UnreadableDocuments;

  constructor(journal: Journal, limits: OwnerLimits, unreadable: UnreadableDocuments) {
    this.#journal = journal;
    this.#limits = limits;
    this.#unreadable = unreadable;
  }

  /** The log of a run; its tombstone when it was deleted within a day; `undefined` when there is no such run. */
  find(id: string): Promise<JournalRunLog | Tombstone | undefined> {
    return JournalRunLog.open(this.#journal, id);
  }

  /**
   * Stores a new run; `undefined`, and nothing changed, when its id is taken.
   *
   * @throws JournalError over-quota
   */
  async create(record: RunRecord): Promise<JournalRunLog | undefined> {
    const { id, owner, workflowId, events } = record;
    // An append leaves the indexes as they are: lists have the order of the starts.
    const indexes = [indexOf(owner), indexOf(owner, workflowId), byDay(events[0]?.timeMs ?? 0)];
    const options = { expectedVersion: 0, indexes, quota: this.#quota(owner) };
    try {
      const version = await this.#journal.put(runKey(id), encodeDocument(record), options);
      return JournalRunLog.created(this.#journal, record, version);
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return undefined;
      throw error;
    }
  }

  /**
   * One page of an owner's runs, or of the runs of one workflow, without those of which `pick` makes `undefined`, and without
   * documents that cannot be read. `workflowId`: empty for all workflows.
   */
  list<T>(
    { owner, workflowId }: Pick<RunRecord, "owner" | "workflowId">,
    request: PageRequest,
    pick: (run: ListedRun) => T | undefined,
  ): Promise<PageOf<T>> {
    const list = {
      journal: this.#journal,
      index: indexOf(owner, workflowId),
      unreadable: this.#unreadable,
      pick({ key, value, version }: ListedDocument): T | undefined {
        const record = decodeDocument<RunRecord>(value);
        if (runKey(record.id) !== key) throw new TypeError("expected the run of this key");
        return pick({ ...record, hasStarted: version > 1 });
      },
    };
    return readPage(list, request);
  }

  #quota(owner: string): Quota {
    return { index: indexOf(owner), maxDocuments: this.#limits.maxRuns, maxBytes: this.#limits.maxRunBytes };
  }
}

/** Escaped, because a subject may contain a slash: its index would have the name of another owner's index. */
function indexOf(owner: string, workflowId = ""): string {
  const runs = `runs/${encodeURIComponent(owner)}`;
  return workflowId === "" ? runs : `${runs}/${workflowId}`;
}
