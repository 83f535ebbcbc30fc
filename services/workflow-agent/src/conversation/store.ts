import type { Clock } from "@agent-team/grpc-client";
import { isJournalError, type Journal } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { toError } from "../errors.ts";
import { type ConversationRecord, decode, encode } from "./codec.ts";
import { type Conversation, NEW_CONVERSATION } from "./conversation.ts";

/** A deleted conversation is remembered this long, so that a repeated delete succeeds. */
const REMEMBER_DELETED_MS = 24 * 60 * 60 * 1000;

/** Two turns rarely meet in one conversation; more meetings than this in a row mean that something is wrong. */
const MOST_ATTEMPTS = 8;

/**
 * Conversations as documents of the journal, one each. Whoever changes one reads it first and writes it back under the
 * version that was read, so that two instances never overwrite each other. A conversation goes by its tag, which is its
 * owner's alone: who does not know whose it is cannot name it.
 *
 * Every method fails UNAVAILABLE when the journal cannot be reached, and RESOURCE_EXHAUSTED when it is full.
 */
export class ConversationStore {
  readonly #journal: Pick<Journal, "get" | "put">;
  readonly #clock: Clock;

  constructor(journal: Pick<Journal, "get" | "put">, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  async get(tag: string): Promise<Conversation | undefined> {
    const { record } = await this.#read(tag);
    return record?.kind === "live" ? record.conversation : undefined;
  }

  /** Changes a conversation, or begins it. */
  async begin(tag: string, change: (conversation: Conversation) => Conversation): Promise<Conversation> {
    const changed = await this.#change(tag, (conversation) => change(conversation ?? NEW_CONVERSATION));
    return changed ?? NEW_CONVERSATION;
  }

  /** Changes a conversation if it is still there: a turn that ends after a delete does not bring it back. */
  async update(tag: string, change: (conversation: Conversation) => Conversation): Promise<void> {
    await this.#change(tag, (conversation) => conversation && change(conversation));
  }

  /** Says whether there was something to delete, now or within the last 24 h. */
  async delete(tag: string): Promise<boolean> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const { record, version } = await this.#read(tag);
      if (record === undefined) return false;
      if (record.kind === "deleted") return true;
      if (await this.#write(tag, { kind: "deleted", atMs: this.#clock.wallNow() }, version)) return true;
    }
    throw contended();
  }

  async #change(
    tag: string,
    change: (conversation: Conversation | undefined) => Conversation | undefined,
  ): Promise<Conversation | undefined> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const { record, version } = await this.#read(tag);
      const conversation = change(record?.kind === "live" ? record.conversation : undefined);
      if (conversation === undefined) return undefined;
      if (await this.#write(tag, { kind: "live", conversation }, version)) return conversation;
    }
    throw contended();
  }

  /** A mark of deletion that nobody needs any more counts as nothing; its version stays true. */
  async #read(tag: string): Promise<{ readonly record: ConversationRecord | undefined; readonly version: number }> {
    const document = await this.#journal.get(keyOf(tag)).catch(refuse);
    if (document === undefined) return { record: undefined, version: 0 };
    const record = decode(document.value);
    const isForgotten = record.kind === "deleted" && record.atMs + REMEMBER_DELETED_MS < this.#clock.wallNow();
    return { record: isForgotten ? undefined : record, version: document.version };
  }

  /** False when somebody else wrote since `version`. */
  async #write(tag: string, record: ConversationRecord, version: number): Promise<boolean> {
    try {
      await this.#journal.put(keyOf(tag), encode(record), { expectedVersion: version });
      return true;
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      return refuse(error);
    }
  }
}

function keyOf(tag: string): string {
  return `at:{${tag}}:conv`;
}

function refuse(cause: unknown): never {
  if (isJournalError(cause, "full") || isJournalError(cause, "too-large")) {
    const message = "there is no room for this conversation";
    throw toError({ code: Code.ResourceExhausted, reason: "STORE_FULL", message, cause });
  }
  const message = "conversations cannot be read or written now";
  throw toError({ code: Code.Unavailable, reason: "STORE_UNAVAILABLE", message, cause });
}

function contended(): ConnectError {
  const message = "the conversation is being changed by somebody else; try again";
  return toError({ code: Code.Aborted, reason: "CONVERSATION_CHANGED", message });
}
