import type { Question, WorkflowSpec } from "@agent-team/contracts";
import type { OpenRequest } from "../planner.ts";

/**
 * What is remembered between the turns of one conversation. A value: each turn replaces it as a whole, so that any
 * instance that reads it goes on with it.
 */
export interface Conversation {
  readonly messages: readonly Message[];
  /** How many older messages were dropped; keeps page tokens true while the list moves. */
  readonly dropped: number;
  readonly draft?: WorkflowSpec | undefined;
  /** The request that waits for an answer, with the questions as they were asked. */
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
  /** Epoch milliseconds after which nobody works on it any more. */
  readonly deadlineMs: number;
}

/** What a turn leaves behind. */
export interface TurnOutcome {
  readonly text: string;
  readonly draft?: WorkflowSpec | undefined;
  readonly open?: Conversation["open"];
}

export const NEW_CONVERSATION: Conversation = { messages: [], dropped: 0 };

/** Kept per conversation: enough for any planner's context, and at most 3 MiB with the longest messages. */
const MOST_MESSAGES = 200;

/**
 * What a turn's id says of the conversation:
 * - `new`: nothing was said under it;
 * - `broken`: its message is the last one said, and has no answer;
 * - `passed`: it has no answer, and others have spoken since;
 * - `ended`: it has its answer;
 * - `other-content`: it was another message.
 */
export type Repetition = "new" | "broken" | "passed" | "ended" | "other-content";

/** Messages that were dropped are forgotten: a repeat of theirs is new. */
export function repetitionOf({ messages }: Conversation, turnId: string, text: string): Repetition {
  const said = messages.filter((message) => message.turnId === turnId);
  const asked = said.find(({ role }) => role === "user");
  if (asked !== undefined && asked.text !== text) return "other-content";
  if (said.some(({ role }) => role === "assistant")) return "ended";
  if (asked === undefined) return "new";
  return messages.at(-1) === asked ? "broken" : "passed";
}

/** A turn that broke runs again, and its message is there already. */
export function resumeTurn(conversation: Conversation, turn: ActiveTurn): Conversation {
  return { ...conversation, activeTurn: turn };
}

/** The user's message is there before the turn says anything, so that a turn that dies has not swallowed it. */
export function beginTurn(conversation: Conversation, turn: ActiveTurn, text: string, atMs: number): Conversation {
  const said = withMessage(conversation, { role: "user", text, atMs, turnId: turn.id });
  return { ...said, activeTurn: turn };
}

/**
 * An answered question is no longer open, and a turn without a new draft keeps the one before. Where a repeat of the turn has
 * answered already, that answer stays.
 */
export function completeTurn(
  conversation: Conversation,
  turnId: string,
  outcome: TurnOutcome,
  atMs: number,
): Conversation {
  if (conversation.messages.some((message) => message.turnId === turnId && message.role === "assistant")) {
    return endTurn(conversation, turnId);
  }
  const said = withMessage(conversation, { role: "assistant", text: outcome.text, atMs, turnId });
  return endTurn({ ...said, draft: outcome.draft ?? conversation.draft, open: outcome.open }, turnId);
}

/** Clears the turn's mark, unless a later turn has put its own there. */
export function endTurn(conversation: Conversation, turnId: string): Conversation {
  return conversation.activeTurn?.id === turnId ? { ...conversation, activeTurn: undefined } : conversation;
}

function withMessage(conversation: Conversation, message: Message): Conversation {
  const all = [...conversation.messages, message];
  const surplus = Math.max(0, all.length - MOST_MESSAGES);
  return { ...conversation, messages: all.slice(surplus), dropped: conversation.dropped + surplus };
}
