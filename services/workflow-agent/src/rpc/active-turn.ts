import type { Clock } from "@agent-team/foundation/clock";
import type { ActiveTurn, Conversation } from "../conversation/conversation.ts";
import type { ConversationStore } from "../conversation/store.ts";
import type { ConversationName } from "../ids.ts";
import { LEASE_MS } from "../turn/turn-queue.ts";
import type { Turns } from "../turn/turns.ts";

export interface ReadOptions {
  readonly conversations: ConversationStore;
  readonly turns: Turns;
  readonly clock: Clock;
}

/**
 * The turn of a conversation that has not ended. The mark in the conversation may be left over: of a turn whose agent died before it
 * stored the turn, or after it ended it, and of a turn that ended in a full store, which takes the end and refuses other changes.
 */
export async function activeTurnOf(
  conversation: Conversation,
  { turns, clock }: Pick<ReadOptions, "turns" | "clock">,
): Promise<ActiveTurn | undefined> {
  const activeTurn = markedTurnOf(conversation, { clock });
  if (activeTurn === undefined) return undefined;
  const { id } = activeTurn;
  const state = await turns.look(id);
  if (state !== "absent") return state === "running" ? activeTurn : undefined;
  // Its agent marks the conversation, and then stores the turn.
  const message = conversation.messages.find(({ turnId }) => turnId === id);
  return message !== undefined && message.atMs + LEASE_MS > clock.wallNow() ? activeTurn : undefined;
}

/** The turn that a conversation is marked with, until its deadline. It may have ended. */
export function markedTurnOf(
  { activeTurn }: Conversation,
  { clock }: Pick<ReadOptions, "clock">,
): ActiveTurn | undefined {
  return activeTurn === undefined || activeTurn.deadlineMs <= clock.wallNow() ? undefined : activeTurn;
}

export interface ReadConversation {
  readonly conversation: Conversation;
  readonly active: ActiveTurn | undefined;
}

/** A conversation and its turn. A conversation without a turn has the answer of the one before. */
export async function readConversation(
  options: ReadOptions,
  name: ConversationName,
): Promise<ReadConversation | undefined> {
  let over: string | undefined;
  for (;;) {
    const conversation = await options.conversations.get(name);
    if (conversation === undefined) return undefined;
    const { activeTurn } = conversation;
    if (activeTurn === undefined || activeTurn.id === over) return { conversation, active: undefined };
    const active = await activeTurnOf(conversation, options);
    if (active !== undefined) return { conversation, active };
    over = activeTurn.id; // it may have stored its answer, removed its mark and ended since the conversation was read
  }
}
