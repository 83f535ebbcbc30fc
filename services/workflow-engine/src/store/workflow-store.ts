import { type Workflow, WorkflowSchema } from "@agent-team/contracts";
import { type Document, isJournalError, type Journal } from "@agent-team/journal";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { decodeDocument, encodeDocument } from "./document.ts";
import { type OwnerLimits, workflowQuota } from "./owner-limits.ts";
import { type PageOf, type PageRequest, readPage } from "./page.ts";
import { deleteDocument, isTombstone, type Tombstone } from "./tombstone.ts";

/** A workflow as it is kept. */
export interface StoredWorkflow {
  readonly workflow: Workflow;
  /** Hash of the spec that it was created with: tells a repeated request from a reused request id. */
  readonly createdHash: string;
  /** Version of the document, not of the workflow. */
  readonly documentVersion: number;
}

interface WorkflowDocument {
  readonly workflow: JsonValue;
  readonly createdHash: string;
}

/** Workflows in the journal, and the list of each owner's, newest change first. */
export class WorkflowStore {
  readonly #journal: Journal;
  readonly #limits: OwnerLimits;

  constructor(journal: Journal, limits: OwnerLimits) {
    this.#journal = journal;
    this.#limits = limits;
  }

  /** The workflow; its tombstone when it was deleted within a day. */
  async find(id: string): Promise<StoredWorkflow | Tombstone | undefined> {
    const document = await this.#journal.get(keyOf(id));
    return document === undefined ? undefined : decode(document);
  }

  /**
   * Stores a new workflow, or changes nothing and gives back what stands at its id already.
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

  /** False when the workflow was changed since it was read. */
  delete({ workflow: { id, owner }, documentVersion }: StoredWorkflow, timeMs: number): Promise<boolean> {
    return deleteDocument(this.#journal, { key: keyOf(id), owner, expectedVersion: documentVersion, timeMs });
  }

  /**
   * Replaces a workflow; false when it was changed since it was read.
   *
   * @throws JournalError over-quota
   */
  async replace(stored: StoredWorkflow): Promise<boolean> {
    return (await this.#put(stored)) !== undefined;
  }

  list(owner: string, request: PageRequest): Promise<PageOf<Workflow>> {
    return readPage(this.#journal, indexOf(owner), request, (document) => {
      const stored = decode(document);
      return isTombstone(stored) ? undefined : stored.workflow; // a tombstone stands in no such index
    });
  }

  async #put({ workflow, createdHash, documentVersion }: StoredWorkflow): Promise<number | undefined> {
    const document: WorkflowDocument = { workflow: toJson(WorkflowSchema, workflow), createdHash };
    const index = indexOf(workflow.owner);
    try {
      return await this.#journal.put(keyOf(workflow.id), encodeDocument(document), {
        expectedVersion: documentVersion,
        indexes: [index],
        quota: workflowQuota(index, this.#limits),
      });
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return undefined;
      throw error;
    }
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
  const { workflow, createdHash } = document;
  return { workflow: fromJson(WorkflowSchema, workflow), createdHash, documentVersion: version };
}
