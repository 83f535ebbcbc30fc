import type { CopyConversationRequest } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Identity } from "@agent-team/grpc-server";
import { Code } from "@connectrpc/connect";
import type { ConversationStore } from "../conversation/store.ts";
import { invalid, notFound, toError } from "../errors.ts";
import { conversationName } from "../ids.ts";
import { checkConversationId } from "./check-request.ts";

/** Copies the caller's conversation, without the mark of a turn: a copy is a state between two turns. */
export async function copyConversation(
  store: ConversationStore,
  clock: Clock,
  { conversationId, targetConversationId }: CopyConversationRequest,
  { subject }: Pick<Identity, "subject">,
): Promise<Record<never, never>> {
  const target = checkConversationId(targetConversationId);
  const violations = [
    ...checkConversationId(conversationId),
    ...target.map(({ description }) => ({ field: "target_conversation_id", description })),
  ];
  if (violations.length > 0) throw invalid(violations);
  const source = await store.get(conversationName(subject, conversationId));
  if (source === undefined) throw notFound(`conversation ${conversationId}`);
  const { activeTurn: active, ...state } = source;
  if (active !== undefined && active.deadlineMs > clock.wallNow()) {
    throw toError({
      code: Code.FailedPrecondition,
      reason: "TURN_ACTIVE",
      message: `turn ${active.id} of this conversation is still running`,
      metadata: { turn_id: active.id },
    });
  }
  await store.begin(conversationName(subject, targetConversationId), () => state);
  return {};
}
