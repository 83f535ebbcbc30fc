import {
  type ConversationMessage,
  ConversationMessageSchema,
  type GetConversationRequest,
  type GetConversationResponse,
  GetConversationResponseSchema,
  Role,
} from "@agent-team/contracts";
import type { Identity } from "@agent-team/grpc-server";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Message } from "../conversation/conversation.ts";
import { type FieldViolation, invalid, notFound } from "../errors.ts";
import { conversationName } from "../ids.ts";
import { type ReadOptions, readConversation } from "./active-turn.ts";
import { checkConversationId } from "./check-request.ts";

const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;
const PAGE_BYTES = 1024 * 1024;

/** Reads the newest page of the owner's conversation, or the page that ends before the message of `page_token`. */
export async function getConversation(
  options: ReadOptions,
  request: GetConversationRequest,
  { subject }: Pick<Identity, "subject">,
): Promise<GetConversationResponse> {
  const violations = [...checkConversationId(request.conversationId), ...checkPage(request)];
  if (violations.length > 0) throw invalid(violations);
  const found = await readConversation(options, conversationName(subject, request.conversationId));
  if (found === undefined) throw notFound(`conversation ${request.conversationId}`);
  const { messages, dropped, draft, open, saved } = found.conversation;
  const end = request.pageToken === "" ? dropped + messages.length : Number(request.pageToken);
  const page = lastPage(messages.slice(0, Math.max(0, end - dropped)), request.pageSize);
  const start = end - page.length;
  return create(GetConversationResponseSchema, {
    messages: page.map(toMessage),
    draft,
    activeTurnId: found.active?.id ?? "",
    openQuestions: [...(open?.questions ?? [])],
    storedWorkflowId: saved?.workflowId ?? "",
    storedVersion: saved?.version ?? 0,
    nextPageToken: page.length > 0 && start > dropped ? String(start) : "",
  });
}

/** A page token is the number of messages before the end of its page, counted from the first of the conversation. */
function checkPage({ pageSize, pageToken }: GetConversationRequest): readonly FieldViolation[] {
  return [
    ...(pageSize < 0 ? [{ field: "page_size", description: `expected 0 to ${MAX_PAGE}, got ${pageSize}` }] : []),
    ...(/^\d{0,9}$/.test(pageToken) ? [] : [{ field: "page_token", description: "expected a next_page_token" }]),
  ];
}

/** The newest messages within the page's limits of count and bytes; at least one, so that paging ends. */
function lastPage(messages: readonly Message[], pageSize: number): readonly Message[] {
  const most = pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, MAX_PAGE);
  let start = messages.length;
  let bytes = 0;
  while (start > 0 && messages.length - start < most) {
    bytes += Buffer.byteLength(messages[start - 1]?.text ?? "");
    if (bytes > PAGE_BYTES && start < messages.length) break;
    start -= 1;
  }
  return messages.slice(start);
}

function toMessage({ role, text, atMs, turnId }: Message): ConversationMessage {
  return create(ConversationMessageSchema, {
    role: role === "user" ? Role.USER : Role.ASSISTANT,
    text,
    createTime: timestampFromMs(Math.round(atMs)),
    turnId,
  });
}
