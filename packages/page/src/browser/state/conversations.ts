/** The conversations: messages go out, turns come in as they are written, over any number of connections. */

import type { Timer } from "@agent-team/foundation/clock";
import { follow, wait } from "../api/follow.ts";
import { messageOf, ProblemError } from "../api/problem.ts";
import type { ServerEvent } from "../api/sse.ts";
import type { Conversation, ConversationList, TurnMessage, Workflow } from "../api/types.ts";
import { type AnswerItem, type Chat, type ChatItem, NEW_CHAT, runningAnswer, type UserItem } from "./app-state.ts";
import { act, type Parts } from "./parts.ts";
import type { TabConversation } from "./tab-memory.ts";
import { isLastOfTurn, NEW_TURN, reduceTurn, textOf } from "./turn.ts";

/** A pause in an answer after which the page says that it still waits: several times the usual one between two pieces. */
const QUIET_MS = 1_500;

/** Older ones are not listed. They stay stored for 30 days, by their id. */
const MAX_LISTED = 50;

/** How often a message is sent before the person is asked: about a minute. */
const ATTEMPTS = 15;

export interface ConversationListener {
  /** The conversation that is shown has a new draft. */
  onDraft(): void;
  /** A turn has ended: it may have stored or started something, as "save it" and "run it" do. */
  onTurnEnd(): void;
}

export class Conversations {
  readonly #parts: Parts;
  readonly #on: ConversationListener;
  readonly #reading = new Set<string>();
  /** Ends what is read, when another person signs in. */
  #life = new AbortController();
  /** Said before the page knew its conversation. */
  readonly #early: string[] = [];

  constructor(parts: Parts, on: ConversationListener) {
    this.#parts = parts;
    this.#on = on;
  }

  /** Shows the conversation that the tab remembers, and lists all that are remembered. */
  async start(): Promise<void> {
    const { store, memory } = this.#parts;
    const { conversations, current } = memory;
    store.update((state) => ({ ...state, conversations }));
    const isKnown = conversations.some(({ id }) => id === current);
    const id = isKnown ? current : this.#newConversationId();
    this.#select(id);
    if (isKnown) await act(this.#parts, "open", () => this.#load(id));
    for (const text of this.#early.splice(0)) await this.send(text);
  }

  /** Nothing of the caller before stays. */
  stop(): void {
    this.#early.length = 0;
    this.#life.abort();
    this.#life = new AbortController();
  }

  /** Begins a conversation. It is listed with its first message. */
  begin(): void {
    this.#show(this.#newConversationId());
  }

  /** It is unique for the caller, and short, because answers name it. */
  #newConversationId(): string {
    return this.#parts.newId().slice(0, 12);
  }

  async open(id: string): Promise<void> {
    this.#show(id);
    if (this.#isSettled(id)) await act(this.#parts, "open", () => this.#load(id));
  }

  #show(id: string): void {
    this.#select(id);
    this.#parts.store.update((state) => ({ ...state, target: { kind: "draft" }, pane: "chat", fault: "" }));
  }

  #select(id: string): void {
    const { store, memory } = this.#parts;
    memory.current = id;
    store.update((state) => ({ ...state, current: id, chats: { [id]: NEW_CHAT, ...state.chats } }));
  }

  /** Whether no message is on its way and no turn is followed here: what is stored may replace what is shown. */
  #isSettled(id: string): boolean {
    const { items } = this.#parts.store.state.chats[id] ?? NEW_CHAT;
    return items.every((item) => (item.kind === "user" ? item.state === "sent" : item.turn.end !== undefined));
  }

  /** A chat that did not go on elsewhere stays: it says more than what is stored, as the issues of its draft. */
  async #load(id: string): Promise<void> {
    const conversation = await this.#read<Conversation>(`/v1/conversations/${id}`);
    if (conversation === undefined || this.#isShown(id, conversation)) return;
    const { messages, draft, open_questions: questions, active_turn_id: turnId } = conversation;
    const stored = await this.#loadStored(id, conversation.stored_workflow_id);
    if (!this.#isSettled(id)) return; // a message was sent meanwhile
    this.#change(id, (chat) => ({
      ...chat,
      items: messages.filter(({ turn_id, role }) => turn_id !== turnId || role === "USER").map(toItem),
      draft: draft === undefined ? undefined : { spec: draft, issues: [], notUnderstood: [] },
      questions: turnId === "" ? questions : [],
      stored,
    }));
    if (turnId !== "") void this.#readTurn(id, turnId);
  }

  /** Every turn begins with a message of the person: without another one the conversation has not gone on. */
  #isShown(id: string, { messages, active_turn_id: turnId }: Conversation): boolean {
    const { items } = this.#parts.store.state.chats[id] ?? NEW_CHAT;
    const shown = items.flatMap((item) => (item.kind === "user" ? [item.text] : []));
    const stored = messages.flatMap(({ role, text }) => (role === "USER" ? [text] : []));
    return turnId === "" && shown.length > 0 && JSON.stringify(shown) === JSON.stringify(stored);
  }

  /** What the page stored comes first: it may be newer than what was stored in the chat. An older agent names no workflow. */
  async #loadStored(id: string, storedInChat = ""): Promise<Workflow | undefined> {
    const known = this.#parts.store.state.conversations.find((each) => each.id === id);
    const workflowId = known?.workflowId ?? storedInChat;
    return workflowId === "" ? undefined : await this.#read<Workflow>(`/v1/workflows/${workflowId}`);
  }

  /** Undefined when there is none any more. */
  async #read<Json>(path: string): Promise<Json | undefined> {
    try {
      return await this.#parts.api.json<Json>(path);
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Sends a message of the conversation that is shown. It waits for the answer before it, if one is being written. */
  async send(text: string): Promise<void> {
    const { store, newId } = this.#parts;
    const id = store.state.current;
    if (id === "") return void this.#early.push(text);
    const key = newId();
    this.#list(id, text);
    this.#change(id, (chat) => ({
      ...chat,
      questions: [],
      items: [...chat.items, { kind: "user", key, text, state: "sending", fault: "" }],
    }));
    await this.#deliver(id, key, text);
  }

  /** Sends a message again that could not be delivered: under the same key, so that it is not answered twice. */
  async sendAgain({ key, text }: UserItem): Promise<void> {
    const id = this.#parts.store.state.current;
    this.#mark(id, key, { state: "sending", fault: "" });
    await this.#deliver(id, key, text);
  }

  /** Stops the answer that is being written. */
  async stopAnswer(): Promise<void> {
    const { store, api } = this.#parts;
    const answer = runningAnswer(store.state.chats[store.state.current] ?? NEW_CHAT);
    if (answer === undefined) return;
    await act(this.#parts, "stop", () => api.call(`/v1/turns/${answer.turnId}`, { method: "DELETE" }));
  }

  async #deliver(id: string, key: string, text: string): Promise<void> {
    const { signal } = this.#life;
    try {
      const turnId = await this.#post(id, key, text, signal);
      this.#mark(id, key, { state: "sent", fault: "" });
      await this.#readTurn(id, turnId);
    } catch (error) {
      if (!signal.aborted) this.#mark(id, key, { state: "failed", fault: messageOf(error) });
    }
  }

  async #post(id: string, key: string, message: string, signal: AbortSignal): Promise<string> {
    const { api, clock } = this.#parts;
    const body = { message, request_id: key, on_active_turn: "enqueue" };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const init = { method: "POST", body, headers: { prefer: "respond-async" }, signal } as const;
        const { turn_id } = await api.json<{ readonly turn_id: string }>(`/v1/conversations/${id}/messages`, init);
        return turn_id;
      } catch (error) {
        const isFinal = error instanceof ProblemError && !error.isPassing;
        if (isFinal || signal.aborted || attempt === ATTEMPTS) throw error;
        this.#mark(id, key, { state: "waiting", fault: messageOf(error) });
        await wait(retryAfterMs(error), clock, signal);
      }
    }
  }

  async #readTurn(id: string, turnId: string): Promise<void> {
    if (this.#reading.has(turnId)) return;
    this.#reading.add(turnId);
    const item: AnswerItem = { kind: "answer", key: turnId, turnId, turn: NEW_TURN, link: "live" };
    this.#change(id, (chat) => ({ ...chat, items: [...chat.items, item] }));
    try {
      await this.#followTurn(id, turnId);
    } catch (error) {
      const failed = { turn_failed: { detail: messageOf(error), retryable: false } };
      this.#add(id, turnId, failed);
    } finally {
      this.#reading.delete(turnId);
    }
  }

  async #followTurn(id: string, turnId: string): Promise<void> {
    const { api, clock, random } = this.#parts;
    const open = (cursor: string | undefined, signal: AbortSignal): Promise<Response> =>
      api.call(`/v1/turns/${turnId}/events`, { headers: streamHeaders(cursor), signal });
    let quiet: Timer | undefined;
    const options = { open, isLast: isLastEvent, signal: this.#life.signal, clock, random };
    for await (const followed of follow(options)) {
      quiet?.cancel();
      if (followed.kind === "broken") {
        this.#link(id, turnId, "broken");
        continue;
      }
      const message = JSON.parse(followed.event.data) as TurnMessage;
      if (followed.event.name === "heartbeat") {
        this.#link(id, turnId, message.heartbeat?.recovering === true ? "recovering" : "quiet");
      } else {
        this.#add(id, turnId, message);
        quiet = clock.setTimer(QUIET_MS, () => this.#link(id, turnId, "quiet"));
      }
    }
    quiet?.cancel();
  }

  #add(id: string, turnId: string, message: TurnMessage): void {
    this.#change(id, (chat) => withMessage(chat, turnId, message));
    if (message.workflow_proposed !== undefined && id === this.#parts.store.state.current) this.#on.onDraft();
    if (!isLastOfTurn(message)) return;
    this.#announce(id, turnId);
    this.#on.onTurnEnd();
  }

  /** The whole answer at once: read while it is written it would be in pieces. */
  #announce(id: string, turnId: string): void {
    const { store } = this.#parts;
    const item = store.state.chats[id]?.items.find(({ key }) => key === turnId);
    if (item?.kind !== "answer" || id !== store.state.current) return;
    const { end } = item.turn;
    const announcement = end?.kind === "failed" ? `The answer failed: ${end.failure.detail ?? ""}` : textOf(item.turn);
    store.update((state) => ({ ...state, announcement }));
  }

  #link(id: string, turnId: string, link: AnswerItem["link"]): void {
    this.#change(id, (chat) => ({
      ...chat,
      items: chat.items.map((item) => (item.kind === "answer" && item.key === turnId ? { ...item, link } : item)),
    }));
  }

  #mark(id: string, key: string, change: Partial<UserItem>): void {
    this.#change(id, (chat) => ({
      ...chat,
      items: chat.items.map((item) => (item.kind === "user" && item.key === key ? { ...item, ...change } : item)),
    }));
  }

  #change(id: string, change: (chat: Chat) => Chat): void {
    this.#parts.store.update((state) => ({
      ...state,
      chats: { ...state.chats, [id]: change(state.chats[id] ?? NEW_CHAT) },
    }));
  }

  /**
   * Reads the caller's conversations, also of other tabs and earlier visits: the newest change first. Those that this tab has begun and
   * the server does not list yet come before them; what has left the server's list is removed.
   */
  async refresh(): Promise<void> {
    const listed = await this.#readList();
    const known = this.#parts.memory.conversations;
    const begun = known.filter(({ id, isNew }) => isNew === true && !listed.some((each) => each.id === id));
    const workflows = new Map(known.map(({ id, workflowId }) => [id, workflowId]));
    this.#keep([...begun, ...listed.map((each) => ({ ...each, workflowId: workflows.get(each.id) }))]);
  }

  /** A page ends after 1 MiB of conversations, so one page may hold few of them. */
  async #readList(): Promise<TabConversation[]> {
    const all: TabConversation[] = [];
    for (let token: string | undefined; token !== "" && all.length < MAX_LISTED; ) {
      const after = token === undefined ? "" : `&page_token=${encodeURIComponent(token)}`;
      const path = `/v1/conversations?page_size=${MAX_LISTED}${after}`;
      const page: ConversationList = await this.#parts.api.json(path);
      all.push(...page.conversations.map(({ conversation_id: id, title }) => ({ id, title: titleOf(title) })));
      token = page.next_page_token;
    }
    return all;
  }

  /** The conversation has changed last. */
  #list(id: string, title: string): void {
    const { conversations } = this.#parts.store.state;
    const known = conversations.find((each) => each.id === id) ?? { id, title: titleOf(title), isNew: true };
    this.#keep([known, ...conversations.filter((each) => each.id !== id)]);
  }

  #keep(all: readonly TabConversation[]): void {
    const { store, memory } = this.#parts;
    const conversations = all.slice(0, MAX_LISTED);
    memory.conversations = conversations;
    store.update((state) => ({ ...state, conversations }));
  }
}

function withMessage(chat: Chat, turnId: string, message: TurnMessage): Chat {
  const items = chat.items.map((item) =>
    item.kind === "answer" && item.key === turnId
      ? { ...item, link: "live" as const, turn: reduceTurn(item.turn, message) }
      : item,
  );
  const turn = items.find((item): item is AnswerItem => item.kind === "answer" && item.key === turnId)?.turn;
  if (message.clarification_asked !== undefined) return { ...chat, items, questions: turn?.questions ?? [] };
  if (message.workflow_proposed === undefined) return { ...chat, items };
  return { ...chat, items, draft: turn?.proposal };
}

function toItem({ role, text, turn_id = "" }: Conversation["messages"][number], at: number): ChatItem {
  if (role === "USER") return { kind: "user", key: `${turn_id}:${at}`, text, state: "sent", fault: "" };
  const turn = { ...NEW_TURN, pieces: [{ sequence: 0, text }], end: { kind: "completed" as const } };
  return { kind: "answer", key: `${turn_id}:${at}`, turnId: turn_id, turn, link: "live" };
}

function titleOf(message: string): string {
  return message.slice(0, 1).toUpperCase() + message.slice(1, 80);
}

export function streamHeaders(cursor: string | undefined): Record<string, string> {
  return { accept: "text/event-stream", ...(cursor === undefined ? {} : { "last-event-id": cursor }) };
}

function isLastEvent({ name }: ServerEvent): boolean {
  return name === "turn_completed" || name === "turn_failed";
}

/** Four seconds: a gateway or an agent is replaced meanwhile. */
function retryAfterMs(error: unknown): number {
  return error instanceof ProblemError ? (error.retryAfterMs ?? 4_000) : 4_000;
}
