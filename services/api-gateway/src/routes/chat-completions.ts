/** The OpenAI-compatible API: the same turns, for the clients that people have. */

import { randomUUID } from "node:crypto";
import { DisconnectPolicy, type ProcessConversationResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { CallOptions } from "@connectrpc/connect";
import { type Context, Hono } from "hono";
import { CHAT_MODEL, type ChatRequest, type ChatUsage } from "../chat.ts";
import type { WorkflowClient } from "../clients/workflow-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import type { OpenStreams } from "../open-streams.ts";
import { readJsonObject } from "../request/body.ts";
import { readChatRequest, requireModel } from "../request/chat-request.ts";
import { check } from "../request/check.ts";
import { id } from "../request/parameters.ts";
import { answerSidePrompt } from "../request/side-prompt.ts";
import { AnswerText } from "../response/answer-text.ts";
import { type ChatHead, ChunkEncoder, completion, DONE, errorChunk } from "../response/chat-completion.ts";
import { bodyOf, eventStream } from "../response/event-stream.ts";
import { openAiErrorResponse, toOpenAiError } from "../response/openai-error.ts";
import type { ProblemReporter } from "../response/problem-reporter.ts";
import { requireEnd } from "../response/turn-stream.ts";
import { callOptions } from "./call-options.ts";
import { ChatConversation } from "./chat-conversation.ts";
import { takePlace } from "./stream-place.ts";

export interface ChatParts {
  readonly workflow: WorkflowClient;
  readonly problems: ProblemReporter;
  readonly clock: Clock;
  readonly streams: OpenStreams;
  /** Aborts when the process stops and open streams must end. */
  readonly stopping: AbortSignal;
}

/** A client that keeps a conversation with the agent names it here. */
const CONVERSATION_HEADER = "x-conversation-id";

const NO_USAGE: ChatUsage = { inputTokens: 0, outputTokens: 0 };

export function chatRoutes(parts: ChatParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();
  routes.post("/chat/completions", (context) => respond(context, parts));
  routes.get("/models", (context) => context.json({ object: "list", data: [model()] }));
  routes.get("/models/:id", (context) => {
    requireModel(context.req.param("id"));
    return context.json(model());
  });
  return routes;
}

function model(): object {
  return { id: CHAT_MODEL, object: "model", created: 0, owned_by: CHAT_MODEL };
}

async function respond(context: Context<GatewayEnv>, parts: ChatParts): Promise<Response> {
  const request = readChatRequest(await readJsonObject(context.req.raw));
  const named = context.req.header(CONVERSATION_HEADER);
  const chat: Chat = {
    request,
    head: { id: `chatcmpl-${randomUUID()}`, created: Math.floor(parts.clock.wallNow() / 1000) },
    parts,
    context,
  };
  const aside = answerSidePrompt(request);
  if (aside !== undefined) return answerAside(chat, aside);
  const options = callOptions(context);
  if (request.isStream) takePlace(context, parts.streams, []);
  const signal = AbortSignal.any([options.signal, parts.stopping]);
  const conversationId = named === undefined ? undefined : check(id, named);
  const conversation = new ChatConversation(parts.workflow, request, { ...options, signal }, conversationId);
  conversation.leaveOn(signal);
  const turn = { events: await begin(chat, conversation, { ...options, signal }), conversation };
  return request.isStream ? streamed(chat, turn) : await whole(chat, turn);
}

/** A turn that fails before its first event has not begun: the client may send the request again. */
async function begin(
  { request, parts }: Chat,
  conversation: ChatConversation,
  options: CallOptions,
): Promise<ChatTurn["events"]> {
  try {
    await conversation.begin();
    const events = requireEnd(
      parts.workflow.processConversation(
        { conversationId: conversation.id, message: request.message, onDisconnect: DisconnectPolicy.CANCEL },
        options,
      ),
    );
    return startingWith(await events.next(), events);
  } catch (error) {
    // Not awaited: the caller has its answer, and the agents may be down.
    void conversation.leave();
    throw error;
  }
}

interface Chat {
  readonly request: ChatRequest;
  readonly head: ChatHead;
  readonly parts: ChatParts;
  readonly context: Context<GatewayEnv>;
}

interface ChatTurn {
  readonly events: AsyncIterable<ProcessConversationResponse>;
  readonly conversation: ChatConversation;
}

function answerAside(chat: Chat, text: string): Response {
  const { request, head } = chat;
  if (!request.isStream) return Response.json(completion(head, text, NO_USAGE));
  const chunks = new ChunkEncoder(head, request.includesUsage);
  return sse(oneAfterAnother([chunks.role(), chunks.content(text), chunks.end(NO_USAGE), DONE]), chat);
}

async function whole({ head, parts, context }: Chat, { events, conversation }: ChatTurn): Promise<Response> {
  const answer = new AnswerText();
  let usage = NO_USAGE;
  try {
    for await (const event of events) {
      answer.add(event);
      usage = usageOf(event) ?? usage;
    }
    await conversation.keep(answer.text);
    return Response.json(completion(head, answer.text, usage));
  } catch (error) {
    return openAiErrorResponse(parts.problems.describe(error, context), true);
  } finally {
    await conversation.leave();
  }
}

function streamed(chat: Chat, turn: ChatTurn): Response {
  return sse(chunksOf(chat, turn), chat);
}

async function* chunksOf(
  { request, head, parts, context }: Chat,
  { events, conversation }: ChatTurn,
): AsyncGenerator<string, void> {
  const chunks = new ChunkEncoder(head, request.includesUsage);
  const answer = new AnswerText();
  let usage = NO_USAGE;
  yield chunks.role();
  try {
    for await (const event of events) {
      answer.add(event);
      usage = usageOf(event) ?? usage;
      const text = answer.takeUnsent(false);
      if (text !== "") yield chunks.content(text);
    }
    answer.takeUnsent(true);
    await conversation.keep(answer.text);
    yield chunks.end(usage);
    yield DONE;
  } catch (error) {
    yield errorChunk(toOpenAiError(parts.problems.describe(error, context).problem));
  } finally {
    await conversation.leave();
  }
}

function usageOf({ event }: ProcessConversationResponse): ChatUsage | undefined {
  const usage = event.case === "turnCompleted" ? event.value.usage : undefined;
  return usage && { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
}

function sse(chunks: AsyncGenerator<string, void>, { context }: Pick<Chat, "context">): Response {
  return eventStream(bodyOf(chunks), context.env);
}

async function* oneAfterAnother(chunks: readonly string[]): AsyncGenerator<string, void> {
  yield* chunks;
}

async function* startingWith<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
