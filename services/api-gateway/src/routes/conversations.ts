import { randomUUID } from "node:crypto";
import { GetConversationResponseSchema, ListConversationsResponseSchema } from "@agent-team/contracts";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { GatewayEnv } from "../gateway-env.ts";
import { requireEventStream } from "../request/accept.ts";
import { messageBody } from "../request/bodies.ts";
import { readJsonObject } from "../request/body.ts";
import { check } from "../request/check.ts";
import { pathId, readPage, requestId } from "../request/parameters.ts";
import { jsonResponse } from "../response/json-response.ts";
import { required } from "../response/required.ts";
import { streamTurn } from "../response/turn-stream.ts";
import { callOptions } from "./call-options.ts";
import { takePlace, turnName } from "./stream-place.ts";
import { type OnActiveTurn, runTurn, type TurnRequest } from "./turn-requests.ts";
import { attach, readCursor, streamOptions, streamParts, type TurnParts } from "./turns.ts";

export type ConversationParts = TurnParts;

const keyHeader = z.object({ "idempotency-key": requestId });

export function conversationRoutes(parts: ConversationParts): Hono<GatewayEnv> {
  const { workflow } = parts;
  const routes = new Hono<GatewayEnv>();

  routes.post("/conversations/:id/messages", (context) => postMessage(context, parts));

  routes.get("/conversations", async (context) => {
    const list = await workflow.listConversations(readPage(context), callOptions(context));
    return jsonResponse(ListConversationsResponseSchema, list);
  });

  routes.get("/conversations/:id", async (context) => {
    const request = { conversationId: pathId(context), ...readPage(context) };
    const conversation = await workflow.getConversation(request, callOptions(context));
    return jsonResponse(GetConversationResponseSchema, conversation);
  });

  routes.delete("/conversations/:id", async (context) => {
    await workflow.deleteConversation({ conversationId: pathId(context) }, callOptions(context));
    return context.body(null, 204);
  });

  return routes;
}

/**
 * `{ "message": string, "request_id"?: string, "on_active_turn"?: string }`, the key also as `Idempotency-Key`. A request with
 * `Last-Event-ID` comes from a client that repeats its POST after a break: it attaches to its turn and never begins one.
 */
async function postMessage(context: Context<GatewayEnv>, parts: ConversationParts): Promise<Response> {
  const conversationId = pathId(context);
  const isAsync = wantsAsync(context.req.header("prefer"));
  if (!isAsync) requireEventStream(context.req.header("accept"));
  const body = check(messageBody, await readJsonObject(context.req.raw));
  const cursor = readCursor(context);
  if (cursor !== undefined) return await attach(context, parts, cursor);
  const request = {
    conversationId,
    message: body.message,
    requestId: body.request_id ?? idempotencyKey(context) ?? randomUUID(),
  };
  if (isAsync) return await runApart(context, parts, request, body.on_active_turn);
  const place = takePlace(context, parts.streams, [messageName(request)]);
  const turn = runTurn(parts.workflow, request, body.on_active_turn, streamOptions(context, parts));
  const onTurn = (turnId: string): void => place.addName(turnName(turnId));
  const stream = await streamTurn(turn, { ...streamParts(context, parts), onTurn });
  return required(stream, "an event");
}

/** The name of the stream until its turn is known: a client that repeats its POST has the same. */
function messageName({ conversationId, requestId }: { conversationId: string; requestId: string }): string {
  return `message ${conversationId} ${requestId}`;
}

/** Answers with the turn's URL when its first event is there, and then reads the turn itself, so that it does not stop. */
async function runApart(
  context: Context<GatewayEnv>,
  { workflow, stopping }: ConversationParts,
  request: TurnRequest,
  onActiveTurn: OnActiveTurn,
): Promise<Response> {
  const options = { ...callOptions(context), signal: stopping };
  const turn = runTurn(workflow, request, onActiveTurn, options);
  const { turnId } = required((await turn.next()).value ?? undefined, "an event");
  void readToEnd(turn);
  const events_url = `/v1/turns/${turnId}/events`;
  return context.json({ turn_id: turnId, events_url }, 202, {
    location: events_url,
    "preference-applied": "respond-async",
  });
}

async function readToEnd(turn: AsyncGenerator<unknown>): Promise<void> {
  try {
    for await (const _ of turn);
  } catch {
    // The turn has its end in its events.
  }
}

/** RFC 7240 4.1. */
function wantsAsync(prefer: string | undefined): boolean {
  return (prefer ?? "").split(",").some((preference) => preference.trim().toLowerCase() === "respond-async");
}

function idempotencyKey(context: Context<GatewayEnv>): string | undefined {
  const key = context.req.header("idempotency-key");
  return key === undefined ? undefined : check(keyHeader, { "idempotency-key": key })["idempotency-key"];
}
