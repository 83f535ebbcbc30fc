import {
  type ConversationSummary,
  ConversationSummarySchema,
  type ListConversationsRequest,
  type ListConversationsResponse,
  ListConversationsResponseSchema,
} from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Identity } from "@agent-team/grpc-server";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Conversation } from "../conversation/conversation.ts";
import type { ConversationStore } from "../conversation/store.ts";
import { invalid } from "../errors.ts";
import { ownerTag } from "../ids.ts";

const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;

/** UTF-16 code units of a title: a line or two. */
const TITLE_LENGTH = 200;

/** The conversations of the caller, a page at a time. */
export async function listConversations(
  store: ConversationStore,
  clock: Clock,
  { pageSize, pageToken }: ListConversationsRequest,
  { subject }: Pick<Identity, "subject">,
): Promise<ListConversationsResponse> {
  if (pageSize < 0) throw invalid([{ field: "page_size", description: `expected 0 to ${MAX_PAGE}, got ${pageSize}` }]);
  const limit = pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, MAX_PAGE);
  const { conversations, nextPageToken } = await store.list(ownerTag(subject), limit, pageToken);
  const nowMs = clock.wallNow();
  return create(ListConversationsResponseSchema, {
    conversations: conversations.flatMap((each) => (each.id === undefined ? [] : [toSummary(each, each.id, nowMs)])),
    nextPageToken,
  });
}

function toSummary({ messages, draft, activeTurn }: Conversation, id: string, nowMs: number): ConversationSummary {
  const updatedMs = messages.at(-1)?.atMs;
  return create(ConversationSummarySchema, {
    conversationId: id,
    title: beginningOf(messages[0]?.text ?? ""),
    updateTime: updatedMs === undefined ? undefined : timestampFromMs(Math.round(updatedMs)),
    messageCount: messages.length,
    draftName: draft?.name ?? "",
    activeTurnId: activeTurn !== undefined && activeTurn.deadlineMs > nowMs ? activeTurn.id : "",
  });
}

/** Never half of a surrogate pair: the text of a message must be Unicode. */
function beginningOf(text: string): string {
  return text.slice(0, TITLE_LENGTH).replace(/[\ud800-\udbff]$/, "");
}
