import type { Clock } from "@agent-team/foundation/clock";
import { isJournalError, type Journal, type PutOptions, type UnreadableDocuments } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { invalid, toError } from "../errors.ts";
import type { ConversationName } from "../ids.ts";
import { type ConversationRecord, decode, encode } from "./codec.ts";
import { type Conversation, NEW_CONVERSATION } from "./conversation.ts";
import { type OwnerLimits, quotaMessage } from "./owner-limits.ts";
import { changedOn, DAY_MS, deletedOn } from "./retention.ts";
import { storeError } from "./store-error.ts";

/** A deletion mark counts for this long, so that a repeated delete succeeds. */
const REMEMBER_DELETED_MS = DAY_MS;

/** Deletion marks of one owner. A further deletion leaves no mark. */
const MAX_REMEMBERED = 1_000;

/** Two turns rarely change one conversation at once. More conflicts than this in a row are a fault. */
const MAX_ATTEMPTS = 8;

export interface ConversationPage {
  readonly conversations: readonly Conversation[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

interface Found<R> {
  /** Undefined: there is none. */
  readonly record: R | undefined;
  readonly version: number;
}

/** The methods of a journal that the store uses. */
export type ConversationJournal = Pick<Journal, "get" | "put" | "delete" | "list">;

/**
 * Conversations in the journal, one document each. A change reads the document and writes it with the version that was
 * read, so that two instances never overwrite each other. The key of a document is a digest of the owner and the
 * conversation id, so that one owner cannot name the document of another.
 *
 * A conversation is in the index of its owner, which has a quota, and in the index of the day of its last change. The quota
 * refuses a turn that begins, and not a turn that is running.
 *
 * Every method rejects with UNAVAILABLE if the journal cannot be reached, and with RESOURCE_EXHAUSTED if it is full. Those that read one
 * conversation reject with DATA_LOSS if it cannot be read, unless they say otherwise.
 */
export class ConversationStore {
  readonly #journal: ConversationJournal;
  readonly #clock: Clock;
  readonly #limits: OwnerLimits;
  readonly #unreadable: UnreadableDocuments;

  constructor(journal: ConversationJournal, clock: Clock, limits: OwnerLimits, unreadable: UnreadableDocuments) {
    this.#journal = journal;
    this.#clock = clock;
    this.#limits = limits;
    this.#unreadable = unreadable;
  }

  async get({ tag }: ConversationName): Promise<Conversation | undefined> {
    const { record } = await this.#read(tag);
    return record?.kind === "live" ? record.conversation : undefined;
  }

  /** As `get`, and undefined also for one that cannot be read. */
  async getReadable({ tag }: ConversationName): Promise<Conversation | undefined> {
    const { record } = await this.#find(tag);
    return record !== "unreadable" && record?.kind === "live" ? record.conversation : undefined;
  }

  /**
   * Changes a conversation, or creates it. Resolves to what it was before.
   *
   * @throws RESOURCE_EXHAUSTED `QUOTA_CONVERSATIONS` if its owner is at a limit
   */
  async begin(name: ConversationName, change: (conversation: Conversation) => Conversation): Promise<Conversation> {
    let changed = NEW_CONVERSATION;
    const named = (before: Conversation | undefined): Conversation => {
      changed = before ?? NEW_CONVERSATION;
      const after = change(changed);
      return after === before || after.id === name.id ? after : { ...after, id: name.id };
    };
    await this.#change(name, named, this.#quota(name));
    return changed;
  }

  /** Changes a conversation if it exists: a turn that ends after a delete does not create it again. */
  async update(name: ConversationName, change: (conversation: Conversation) => Conversation): Promise<void> {
    await this.#change(name, (conversation) => conversation && change(conversation));
  }

  /** As `update`, and removes a conversation that has no message then. */
  async takeBack(name: ConversationName, change: (conversation: Conversation) => Conversation): Promise<void> {
    await this.update(name, change);
    const { record, version } = await this.#read(name.tag);
    if (record?.kind === "live" && record.conversation.messages.length === 0) await this.#remove(name.tag, version);
  }

  /** A page of an owner's conversations, the one that changed last first, without those that cannot be read. `owner`: the tag of the owner. */
  async list(owner: string, limit: number, pageToken: string): Promise<ConversationPage> {
    const after = pageToken === "" ? undefined : pageToken;
    const page = await this.#journal.list(indexOf({ owner }), { limit, after }).catch(refusePage);
    const records = page.documents.map(({ key, value }) => this.#decode(key, value));
    const conversations = records.flatMap((record) =>
      record !== "unreadable" && record.kind === "live" ? [record.conversation] : [],
    );
    return { conversations, nextPageToken: page.next ?? "" };
  }

  /** Without the error, which quotes the document. */
  #decode(key: string, value: Uint8Array): ConversationRecord | "unreadable" {
    try {
      return decode(value);
    } catch {
      this.#unreadable.report(key);
      return "unreadable";
    }
  }

  /** Whether the conversation existed, now or within the last 24 h. Also of one that cannot be read. */
  async delete(name: ConversationName): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { record, version } = await this.#find(name.tag);
      if (record === undefined) return false;
      if (record !== "unreadable" && record.kind === "deleted") return true;
      if (await this.#markDeleted(name, version)) return true;
    }
    throw contended();
  }

  async #change(
    name: ConversationName,
    change: (conversation: Conversation | undefined) => Conversation | undefined,
    options: PutOptions = {},
  ): Promise<Conversation | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { record, version } = await this.#read(name.tag);
      const before = record?.kind === "live" ? record.conversation : undefined;
      const conversation = change(before);
      if (conversation === undefined || conversation === before) return conversation;
      const indexes = [indexOf(name), changedOn(this.#clock.wallNow())];
      const put = { ...options, indexes, expectedVersion: version };
      if (await this.#write(name.tag, { kind: "live", conversation }, put)) return conversation;
    }
    throw contended();
  }

  #quota(name: ConversationName): PutOptions {
    const { maxConversations: maxDocuments, maxConversationBytes: maxBytes } = this.#limits;
    return { quota: { index: indexOf(name), maxDocuments, maxBytes } };
  }

  /** Writes a deletion mark, or only deletes if the owner has too many marks or the store is full. False: it was changed. */
  async #markDeleted({ tag, owner }: ConversationName, expectedVersion: number): Promise<boolean> {
    const atMs = this.#clock.wallNow();
    const index = `at:deleted/${owner}`;
    const quota = { index, maxDocuments: MAX_REMEMBERED, maxBytes: MAX_REMEMBERED * 1024 };
    const options = { expectedVersion, indexes: [index, deletedOn(atMs)], quota };
    try {
      await this.#journal.put(keyOf(tag), encode({ kind: "deleted", atMs }), options);
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      if (!isJournalError(error, "over-quota") && !isJournalError(error, "full")) return refuse(error, this.#limits);
      return this.#remove(tag, expectedVersion);
    }
  }

  async #remove(tag: string, expectedVersion: number): Promise<boolean> {
    try {
      await this.#journal.delete(keyOf(tag), { expectedVersion });
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      return refuse(error, this.#limits);
    }
  }

  /** @throws DATA_LOSS `CONVERSATION_UNREADABLE` */
  async #read(tag: string): Promise<Found<ConversationRecord>> {
    const { record, version } = await this.#find(tag);
    if (record === "unreadable") throw unreadable();
    return { record, version };
  }

  /** An expired deletion mark counts as no record; its version is still needed to write. */
  async #find(tag: string): Promise<Found<ConversationRecord | "unreadable">> {
    const document = await this.#journal.get(keyOf(tag)).catch((error: unknown) => refuse(error, this.#limits));
    if (document === undefined) return { record: undefined, version: 0 };
    const record = this.#decode(keyOf(tag), document.value);
    const isForgotten =
      record !== "unreadable" && record.kind === "deleted" && record.atMs + REMEMBER_DELETED_MS < this.#clock.wallNow();
    return { record: isForgotten ? undefined : record, version: document.version };
  }

  /** False if another instance wrote after the expected version. */
  async #write(tag: string, record: ConversationRecord, options: PutOptions): Promise<boolean> {
    try {
      await this.#journal.put(keyOf(tag), encode(record), options);
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      return refuse(error, this.#limits);
    }
  }
}

function keyOf(tag: string): string {
  return `at:{${tag}}:conv`;
}

function indexOf({ owner }: Pick<ConversationName, "owner">): string {
  return `at:conversations/${owner}`;
}

function refusePage(cause: unknown): never {
  if (!isJournalError(cause, "bad-cursor")) throw storeError(cause);
  throw invalid([{ field: "page_token", description: "expected the next_page_token of a page" }]);
}

function refuse(cause: unknown, limits: OwnerLimits): never {
  if (!isJournalError(cause, "over-quota")) throw storeError(cause);
  throw toError({ code: Code.ResourceExhausted, reason: "QUOTA_CONVERSATIONS", message: quotaMessage(limits), cause });
}

function unreadable(): ConnectError {
  const message = "the stored conversation cannot be read: delete it, or begin another one";
  return toError({ code: Code.DataLoss, reason: "CONVERSATION_UNREADABLE", message });
}

function contended(): ConnectError {
  const message = "other requests are changing this conversation; try again";
  return toError({ code: Code.Aborted, reason: "CONVERSATION_CHANGED", message });
}
