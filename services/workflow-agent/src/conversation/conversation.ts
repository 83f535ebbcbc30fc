import type { Question, WorkflowSpec } from "@agent-team/contracts";
import type { OpenRequest, SavedDraft } from "../planner.ts";

/**
 * The state of a conversation between its turns. An immutable value: each turn replaces all of it, so that any instance
 * can read it and continue.
 */
export interface Conversation {
  /** As its owner calls it. Absent in what earlier versions stored. */
  readonly id?: string | undefined;
  readonly messages: readonly Message[];
  /** Number of dropped older messages. Page tokens count them, so that they stay valid. */
  readonly dropped: number;
  readonly draft?: WorkflowSpec | undefined;
  /** The messages behind the draft, for the planner that made it. Absent for drafts of earlier versions. */
  readonly draftSource?: OpenRequest | undefined;
  /** The workflow as which the draft, or an earlier form of it, was stored. */
  readonly saved?: SavedDraft | undefined;
  /** The request with an open question, and its questions. */
  readonly open?: { readonly request: OpenRequest; readonly questions: readonly Question[] } | undefined;
  readonly activeTurn?: ActiveTurn | undefined;
}

export interface Message {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly atMs: number;
  readonly turnId: string;
}

export interface ActiveTurn {
  readonly id: string;
  /** Epoch milliseconds of its deadline: no instance works on it later. */
  readonly deadlineMs: number;
}

/** The result of a turn that is stored. */
export interface TurnOutcome {
  readonly text: string;
  readonly draft?: { readonly spec: WorkflowSpec; readonly source?: OpenRequest | undefined } | undefined;
  readonly open?: Conversation["open"];
  readonly saved?: SavedDraft | undefined;
  /** The person gave the draft up. */
  readonly startsAgain?: boolean | undefined;
}

export const NEW_CONVERSATION: Conversation = { messages: [], dropped: 0 };

/** Messages per conversation: enough context for any planner, and at most 3 MiB with the longest messages. */
const MAX_MESSAGES = 200;

/**
 * The state of the turn with a given id:
 * - `new`: the conversation has no message of it;
 * - `broken`: its message is the last one, and has no answer;
 * - `passed`: its message has no answer, and later messages exist;
 * - `ended`: its message has an answer;
 * - `other-content`: the stored message of it has another text.
 */
export type Repetition = "new" | "broken" | "passed" | "ended" | "other-content";

/** A repeat of a dropped message is `new`. */
export function repetitionOf({ messages }: Conversation, turnId: string, text: string): Repetition {
  const said = messages.filter((message) => message.turnId === turnId);
  const asked = said.find(({ role }) => role === "user");
  if (asked !== undefined && asked.text !== text) return "other-content";
  if (said.some(({ role }) => role === "assistant")) return "ended";
  if (asked === undefined) return "new";
  return messages.at(-1) === asked ? "broken" : "passed";
}

/** A broken turn runs again. Its message is stored already. */
export function resumeTurn(conversation: Conversation, turn: ActiveTurn): Conversation {
  return { ...conversation, activeTurn: turn };
}

/** Stores the user's message before the first event of the turn, so that a turn that breaks does not lose it. */
export function beginTurn(conversation: Conversation, turn: ActiveTurn, text: string, atMs: number): Conversation {
  const said = withMessage(conversation, { role: "user", text, atMs, turnId: turn.id });
  return { ...said, activeTurn: turn };
}

/**
 * The conversation without the message of a turn that was refused after its message was stored, if nothing was said since. `before`: as
 * it was then.
 */
export function withdrawTurn(conversation: Conversation, turnId: string, before: Conversation): Conversation {
  const { messages, dropped } = before;
  const isLast = conversation.messages.at(-1)?.turnId === turnId && messages.at(-1)?.turnId !== turnId;
  return endTurn(isLast ? { ...conversation, messages, dropped } : conversation, turnId);
}

/**
 * Stores the answer and closes the open question. A turn without a new draft keeps the earlier draft. If a repeat of the
 * turn has stored an answer already, that answer stays.
 */
export function completeTurn(
  conversation: Conversation,
  turnId: string,
  outcome: TurnOutcome,
  atMs: number,
): Conversation {
  if (isAnswered(conversation, turnId)) return endTurn(conversation, turnId);
  const said = withMessage(conversation, { role: "assistant", text: outcome.text, atMs, turnId });
  return endTurn({ ...said, ...draftAfter(conversation, outcome), open: outcome.open }, turnId);
}

/** Whether the answer of the turn is stored. */
export function isAnswered({ messages }: Conversation, turnId: string): boolean {
  return messages.some((message) => message.turnId === turnId && message.role === "assistant");
}

function draftAfter(before: Conversation, outcome: TurnOutcome): Partial<Conversation> {
  const { draft, startsAgain, saved = before.saved } = outcome;
  if (draft !== undefined) return { draft: draft.spec, draftSource: draft.source, saved };
  if (startsAgain === true) return { draft: undefined, draftSource: undefined, saved: undefined };
  return { draft: before.draft, draftSource: before.draftSource, saved };
}

/** Removes the mark of the turn, unless it is the mark of a later turn. */
export function endTurn(conversation: Conversation, turnId: string): Conversation {
  return conversation.activeTurn?.id === turnId ? { ...conversation, activeTurn: undefined } : conversation;
}

function withMessage(conversation: Conversation, message: Message): Conversation {
  const all = [...conversation.messages, message];
  const surplus = Math.max(0, all.length - MAX_MESSAGES);
  return { ...conversation, messages: all.slice(surplus), dropped: conversation.dropped + surplus };
}
