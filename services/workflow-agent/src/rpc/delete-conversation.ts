import type { Identity } from "@agent-team/grpc-server";
import type { ConversationStore } from "../conversation/store.ts";
import { storeError } from "../conversation/store-error.ts";
import { invalid, notFound } from "../errors.ts";
import { conversationName } from "../ids.ts";
import { CANCELLED } from "../turn/turn-end.ts";
import type { TurnJournal } from "../turn/turn-log.ts";
import { turnsOf } from "../turn/turn-retention.ts";
import type { Turns } from "../turn/turns.ts";
import { checkConversationId } from "./check-request.ts";

export interface DeleteOptions {
  readonly conversations: ConversationStore;
  readonly turns: Turns;
  readonly journal: TurnJournal;
}

/** Removes a conversation of the caller with its turns. A turn that runs ends first, so that its callers get its last event. */
export async function deleteConversation(
  { conversations, turns, journal }: DeleteOptions,
  conversationId: string,
  { subject }: Pick<Identity, "subject">,
): Promise<void> {
  const violations = checkConversationId(conversationId);
  if (violations.length > 0) throw invalid(violations);
  const name = conversationName(subject, conversationId);
  const active = (await conversations.getReadable(name))?.activeTurn;
  if (!(await conversations.delete(name))) throw notFound(`conversation ${conversationId}`);
  const turn = active && (await turns.find(active.id));
  if (turn !== undefined) await turns.cancel(turn, CANCELLED).finally(() => turns.close(turn));
  await removeTurns(journal, turnsOf(name));
}

/** From the front: what is removed is not listed again. */
async function removeTurns(journal: TurnJournal, index: string): Promise<void> {
  try {
    for (;;) {
      const { documents } = await journal.list(index, { limit: 100 });
      if (documents.length === 0) return;
      await Promise.all(documents.map(({ key }) => journal.delete(key)));
    }
  } catch (error) {
    throw storeError(error);
  }
}
