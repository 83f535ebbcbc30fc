import { isJournalError, type Journal, type ListedDocument, type Quota } from "@agent-team/journal";
import type { OwnerLimits } from "../owner-limits.ts";
import type { RunRecord } from "../run-log.ts";
import { byDay } from "./by-day.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import { DocumentRunLog, runKey } from "./document-run-log.ts";
import { type PageOf, type PageRequest, readPage } from "./page.ts";
import { isTombstone, type Tombstone } from "./tombstone.ts";
import type { UnreadableDocuments } from "./unreadable.ts";

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
  async find(id: string): Promise<DocumentRunLog | Tombstone | undefined> {
    const document = await this.#journal.get(runKey(id));
    if (document === undefined) return undefined;
    const record = decodeDocument<RunRecord | Tombstone>(document.value);
    return isTombstone(record) ? record : new DocumentRunLog(this.#journal, record, document.version);
  }

  /**
   * Stores a new run; `undefined`, and nothing changed, when its id is taken.
   *
   * @throws JournalError over-quota
   */
  async create(record: RunRecord): Promise<DocumentRunLog | undefined> {
    const { id, owner, workflowId, events } = record;
    // An append names no index, so that a run keeps its place: lists have the order of the starts.
    const indexes = [indexOf(owner), indexOf(owner, workflowId), byDay(events[0]?.timeMs ?? 0)];
    const options = { expectedVersion: 0, indexes, quota: this.#quota(owner) };
    try {
      const version = await this.#journal.put(runKey(id), encodeDocument(record), options);
      return new DocumentRunLog(this.#journal, record, version);
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
    pick: (record: RunRecord) => T | undefined,
  ): Promise<PageOf<T>> {
    const list = {
      journal: this.#journal,
      index: indexOf(owner, workflowId),
      unreadable: this.#unreadable,
      pick({ key, value }: ListedDocument): T | undefined {
        const record = decodeDocument<RunRecord>(value);
        if (runKey(record.id) !== key) throw new TypeError("expected the run of this key");
        return pick(record);
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
