import { type Workflow, WorkflowSchema } from "@agent-team/contracts";
import { isJournalError, type Journal } from "@agent-team/journal";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { decodeDocument, encodeDocument } from "./document.ts";
import { type PageOf, type PageRequest, readPage } from "./page.ts";

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

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async get(id: string): Promise<StoredWorkflow | undefined> {
    const document = await this.#journal.get(keyOf(id));
    return document === undefined ? undefined : decode(document);
  }

  /** Stores a new workflow, or changes nothing and gives back the one that has this id already. */
  async create(workflow: Workflow, createdHash: string): Promise<StoredWorkflow> {
    for (;;) {
      const present = await this.get(workflow.id);
      if (present !== undefined) return present;
      const documentVersion = await this.#put({ workflow, createdHash, documentVersion: 0 });
      if (documentVersion !== undefined) return { workflow, createdHash, documentVersion };
    }
  }

  /** Replaces a workflow; false when somebody else changed it since it was read. */
  async replace(stored: StoredWorkflow): Promise<boolean> {
    return (await this.#put(stored)) !== undefined;
  }

  list(owner: string, request: PageRequest): Promise<PageOf<Workflow>> {
    return readPage(this.#journal, indexOf(owner), request, (document) => decode(document).workflow);
  }

  async #put({ workflow, createdHash, documentVersion }: StoredWorkflow): Promise<number | undefined> {
    const document: WorkflowDocument = { workflow: toJson(WorkflowSchema, workflow), createdHash };
    try {
      return await this.#journal.put(keyOf(workflow.id), encodeDocument(document), {
        expectedVersion: documentVersion,
        indexes: [indexOf(workflow.owner)],
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

function decode({ value, version }: { readonly value: Uint8Array; readonly version: number }): StoredWorkflow {
  const { workflow, createdHash } = decodeDocument<WorkflowDocument>(value);
  return { workflow: fromJson(WorkflowSchema, workflow), createdHash, documentVersion: version };
}
