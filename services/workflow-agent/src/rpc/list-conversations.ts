import {
  type ConversationSummary,
  ConversationSummarySchema,
  type ListConversationsRequest,
  type ListConversationsResponse,
  ListConversationsResponseSchema,
} from "@agent-team/contracts";
import type { Identity } from "@agent-team/grpc-server";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ActiveTurn, Conversation } from "../conversation/conversation.ts";
import { isStoreAway } from "../conversation/store-error.ts";
import { invalid } from "../errors.ts";
import { ownerTag } from "../ids.ts";
import { activeTurnOf, markedTurnOf, type ReadOptions } from "./active-turn.ts";

const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;

/** UTF-16 code units of a title: a line or two. */
const TITLE_LENGTH = 200;

/** The conversations of the caller, a page at a time. */
export async function listConversations(
  options: ReadOptions,
  { pageSize, pageToken }: ListConversationsRequest,
  { subject }: Pick<Identity, "subject">,
): Promise<ListConversationsResponse> {
  if (pageSize < 0) throw invalid([{ field: "page_size", description: `expected 0 to ${MAX_PAGE}, got ${pageSize}` }]);
  const limit = pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, MAX_PAGE);
  const { conversations, nextPageToken } = await options.conversations.list(ownerTag(subject), limit, pageToken);
  const summaries: ConversationSummary[] = [];
  let activeOf = (conversation: Conversation): Promise<ActiveTurn | undefined> => activeTurnOf(conversation, options);
  for (const each of conversations) {
    if (each.id === undefined) continue;
    // One after the other: a turn may be large, and few of a page's conversations have one.
    const active = await activeOf(each).catch((error: unknown) => {
      if (!isStoreAway(error)) throw error;
      // The list does not fail, and does not wait for each of the others as long.
      activeOf = async (conversation) => markedTurnOf(conversation, options);
      return activeOf(each);
    });
    summaries.push(toSummary(each, each.id, active?.id ?? ""));
  }
  return create(ListConversationsResponseSchema, { conversations: summaries, nextPageToken });
}

function toSummary({ messages, draft }: Conversation, id: string, activeTurnId: string): ConversationSummary {
  const updatedMs = messages.at(-1)?.atMs;
  return create(ConversationSummarySchema, {
    conversationId: id,
    title: beginningOf(messages[0]?.text ?? ""),
    updateTime: updatedMs === undefined ? undefined : timestampFromMs(Math.round(updatedMs)),
    messageCount: messages.length,
    draftName: draft?.name ?? "",
    activeTurnId,
  });
}

/** Never half of a surrogate pair: the text of a message must be Unicode. */
function beginningOf(text: string): string {
  return text.slice(0, TITLE_LENGTH).replace(/[\ud800-\udbff]$/, "");
}
