import { type Workflow, WorkflowSchema } from "@agent-team/contracts";
import {
  type Document,
  isJournalError,
  type Journal,
  type ListedDocument,
  type Quota,
  type UnreadableDocuments,
} from "@agent-team/journal";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import type { OwnerLimits } from "../owner-limits.ts";
import { decodeDocument, encodeDocument } from "./document.ts";
import { type PageOf, type PageRequest, readPage } from "./page.ts";
import { deleteDocument, isTombstone, type Tombstone } from "./tombstone.ts";

/** A workflow as it is stored. */
export interface StoredWorkflow {
  readonly workflow: Workflow;
  /** Hash of the spec that it was created with: distinguishes a repeated request from a reused request id. */
  readonly createdHash: string;
  /** Version of the document; the workflow has its own. */
  readonly documentVersion: number;
  /** Of the first activation on. */
  readonly activation?: Activation | undefined;
}

/** What a trigger needs to fire. */
interface Activation {
  /** When the workflow was last made active. */
  readonly sinceMs: number;
  /** Authorises calls of the webhook. */
  readonly hookToken: string;
}

interface WorkflowDocument {
  readonly workflow: JsonValue;
  readonly createdHash: string;
  readonly activation?: Activation | undefined;
}

/** Workflows in the journal, and the list of each owner, the last change first. */
export class WorkflowStore {
  readonly #journal: Journal;
  readonly #limits: OwnerLimits;
  readonly #unreadable: UnreadableDocuments;

  constructor(journal: Journal, limits: OwnerLimits, unreadable: UnreadableDocuments) {
    this.#journal = journal;
    this.#limits = limits;
    this.#unreadable = unreadable;
  }

  /** The workflow; its tombstone when it was deleted within a day; `undefined` when there is no such workflow. */
  async find(id: string): Promise<StoredWorkflow | Tombstone | undefined> {
    const document = await this.#journal.get(keyOf(id));
    return document === undefined ? undefined : decode(document);
  }

  /**
   * Stores a new workflow. When its id is taken, it changes nothing and returns the workflow or tombstone of that id.
   *
   * @throws JournalError over-quota
   */
  async create(workflow: Workflow, createdHash: string): Promise<StoredWorkflow | Tombstone> {
    for (;;) {
      const present = await this.find(workflow.id);
      if (present !== undefined) return present;
      const documentVersion = await this.#put({ workflow, createdHash, documentVersion: 0 });
      if (documentVersion !== undefined) return { workflow, createdHash, documentVersion };
    }
  }

  /** False when the workflow was changed after it was read. */
  delete({ workflow: { id, owner }, documentVersion }: StoredWorkflow, timeMs: number): Promise<boolean> {
    return deleteDocument(this.#journal, { key: keyOf(id), owner, expectedVersion: documentVersion, timeMs });
  }

  /**
   * Replaces a workflow; false when it was changed after it was read.
   *
   * @throws JournalError over-quota
   */
  async replace(stored: StoredWorkflow): Promise<boolean> {
    return (await this.#put(stored)) !== undefined;
  }

  /** One page of an owner's workflows, without documents that cannot be read. */
  list(owner: string, request: PageRequest): Promise<PageOf<StoredWorkflow>> {
    const list = {
      journal: this.#journal,
      index: indexOf(owner),
      unreadable: this.#unreadable,
      pick(document: ListedDocument): StoredWorkflow {
        const stored = decode(document);
        if (isTombstone(stored) || keyOf(stored.workflow.id) !== document.key)
          throw new TypeError("expected the workflow of this key");
        return stored;
      },
    };
    return readPage(list, request);
  }

  async #put({ workflow, createdHash, documentVersion, activation }: StoredWorkflow): Promise<number | undefined> {
    const document: WorkflowDocument = { workflow: toJson(WorkflowSchema, workflow), createdHash, activation };
    const { owner } = workflow;
    const options = { expectedVersion: documentVersion, indexes: [indexOf(owner)], quota: this.#quota(owner) };
    try {
      return await this.#journal.put(keyOf(workflow.id), encodeDocument(document), options);
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return undefined;
      throw error;
    }
  }

  #quota(owner: string): Quota {
    return { index: indexOf(owner), maxDocuments: this.#limits.maxWorkflows, maxBytes: this.#limits.maxWorkflowBytes };
  }
}

function keyOf(id: string): string {
  return `workflow/${id}`;
}

function indexOf(owner: string): string {
  return `workflows/${owner}`;
}

function decode({ value, version }: Document): StoredWorkflow | Tombstone {
  const document = decodeDocument<WorkflowDocument | Tombstone>(value);
  if (isTombstone(document)) return document;
  const { workflow, createdHash, activation } = document;
  return { workflow: fromJson(WorkflowSchema, workflow), createdHash, documentVersion: version, activation };
}
