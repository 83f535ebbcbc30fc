import { createHash, randomUUID } from "node:crypto";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { ChatRequest, Said } from "../chat.ts";
import type { WorkflowClient } from "../clients/workflow-client.ts";
import { RequestError } from "../request-error.ts";

/** An older agent, a store without room or a caller with too many conversations, and agents that are away. */
const CANNOT_KEEP = [Code.Unimplemented, Code.ResourceExhausted, Code.Unavailable, Code.DeadlineExceeded];

/**
 * The conversation of one request of the OpenAI-compatible API. Its clients send the whole chat each time, go back in it, and
 * send several requests at once. So each turn runs in a conversation of its own, which begins as a copy of the one after the
 * last answer, and is copied for the next request afterwards. These copies are found by what was said:
 *
 *   the chat so far ─ digest ─► copy ─► turn ─► copy ─ digest ─► the chat with this answer
 */
export class ChatConversation {
  /** The id of the conversation in which the turn runs. */
  readonly id: string;
  readonly #workflow: WorkflowClient;
  readonly #options: CallOptions;
  readonly #request: ChatRequest;
  readonly #isOwn: boolean;
  readonly #left = new AbortController();

  /** `named`: the id that the client itself has chosen; then the agent keeps the conversation, as in the other API. */
  constructor(workflow: WorkflowClient, request: ChatRequest, options: CallOptions, named: string | undefined) {
    this.#workflow = workflow;
    this.#options = options;
    this.#request = request;
    this.#isOwn = named === undefined;
    this.id = named ?? `chat-${randomUUID()}`;
  }

  /** Begins where the chat is. A chat that is not known, for instance one with another model, begins anew. */
  async begin(): Promise<void> {
    const { before } = this.#request;
    if (!this.#isOwn || before.length === 0) return;
    try {
      await this.#copy(idOf(before), this.id, [Code.NotFound]);
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unimplemented) throw error;
      throw new RequestError(
        "AGENTS_REPLACED",
        "the agents are being replaced by newer ones; send it again in a moment",
        {
          headers: { "retry-after": "5" },
          cause: error,
        },
      );
    }
  }

  /** Keeps the state after this answer. */
  async keep(answer: string): Promise<void> {
    // The answer is there and paid for: it counts although the state cannot be kept, and the next message begins anew.
    if (this.#isOwn) await this.#copy(this.id, this.#idAfter(answer), CANNOT_KEEP);
  }

  /** Leaves when the signal aborts: the reader of a stream that is gone between two reads does not read on to its end. */
  leaveOn(signal: AbortSignal): void {
    signal.addEventListener("abort", () => void this.leave(), { once: true, signal: this.#left.signal });
  }

  /** Removes the conversation of this turn, which stops it, and the state that no repeat of the last message needs. Never fails. */
  async leave(): Promise<void> {
    this.#left.abort();
    if (!this.#isOwn) return;
    const earlier = this.#request.before.slice(0, -2);
    await Promise.all([this.id, ...(earlier.length > 0 ? [idOf(earlier)] : [])].map((id) => this.#delete(id)));
  }

  #idAfter(answer: string): string {
    const { before, message } = this.#request;
    return idOf([...before, { role: "user", text: message }, { role: "assistant", text: answer }]);
  }

  async #copy(conversationId: string, targetConversationId: string, ignored: readonly Code[]): Promise<void> {
    try {
      await this.#workflow.copyConversation({ conversationId, targetConversationId }, this.#options);
    } catch (error) {
      if (!ignored.includes(ConnectError.from(error).code)) throw error;
    }
  }

  /** The caller may have left: the call is made all the same. */
  async #delete(conversationId: string): Promise<void> {
    const { signal: _, ...options } = this.#options;
    await this.#workflow.deleteConversation({ conversationId }, options).catch(() => undefined);
  }
}

/** Clients may change white space, for instance at the end of an answer. */
function idOf(said: readonly Said[]): string {
  const texts = said.map(({ role, text }) => [role, text.replaceAll(/\s+/g, " ").trim()]);
  return `chat-${createHash("sha256").update(JSON.stringify(texts)).digest("base64url")}`;
}
