import type { CopyConversationRequest } from "@agent-team/contracts";
import type { Identity } from "@agent-team/grpc-server";
import { Code } from "@connectrpc/connect";
import { invalid, notFound, toError } from "../errors.ts";
import { conversationName } from "../ids.ts";
import { type ReadOptions, readConversation } from "./active-turn.ts";
import { checkConversationId } from "./check-request.ts";

/** Copies the caller's conversation, without the mark of a turn: a copy is a state between two turns. */
export async function copyConversation(
  options: ReadOptions,
  { conversationId, targetConversationId }: CopyConversationRequest,
  { subject }: Pick<Identity, "subject">,
): Promise<Record<never, never>> {
  const target = checkConversationId(targetConversationId);
  const violations = [
    ...checkConversationId(conversationId),
    ...target.map(({ description }) => ({ field: "target_conversation_id", description })),
  ];
  if (violations.length > 0) throw invalid(violations);
  const source = await readConversation(options, conversationName(subject, conversationId));
  if (source === undefined) throw notFound(`conversation ${conversationId}`);
  const { active } = source;
  if (active !== undefined) {
    throw toError({
      code: Code.FailedPrecondition,
      reason: "TURN_ACTIVE",
      message: `turn ${active.id} of this conversation is still running`,
      metadata: { turn_id: active.id },
    });
  }
  const { activeTurn: _, ...state } = source.conversation;
  await options.conversations.begin(conversationName(subject, targetConversationId), () => state);
  return {};
}
