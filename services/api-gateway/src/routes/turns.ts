import { CancelTurnResponseSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Context, Hono } from "hono";
import type { WorkflowClient } from "../clients/workflow-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import type { OpenStreams } from "../open-streams.ts";
import { requireEventStream } from "../request/accept.ts";
import { pathId } from "../request/parameters.ts";
import { invalidFields, RequestError } from "../request-error.ts";
import { type EventCursor, parseEventId } from "../response/event-id.ts";
import { endedStream } from "../response/event-stream.ts";
import { jsonResponse } from "../response/json-response.ts";
import type { ProblemReporter } from "../response/problem-reporter.ts";
import { mayComeLater, streamLater } from "../response/stream-later.ts";
import { streamTurn, type TurnStreamOptions } from "../response/turn-stream.ts";
import { type CallOptions, callOptions } from "./call-options.ts";
import { cursorField, cursorText, streamConnection } from "./stream-connection.ts";
import { readInPlace, turnName } from "./stream-place.ts";

export interface TurnParts {
  readonly workflow: WorkflowClient;
  readonly problems: ProblemReporter;
  readonly streams: OpenStreams;
  /** Aborts when the process stops and open streams must end. */
  readonly stopping: AbortSignal;
}

export function turnRoutes(parts: TurnParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.get("/turns/:id/events", async (context) => {
    const turnId = pathId(context);
    requireEventStream(context.req.header("accept"));
    const cursor = readCursor(context) ?? { turnId, sequence: 0, fence: "" };
    if (cursor.turnId !== turnId) throw wrongCursor(context, "of this turn");
    return await readInPlace(context, parts.streams, turnName(turnId), () => readEvents(context, parts, cursor));
  });

  routes.delete("/turns/:id", async (context) => {
    const response = await parts.workflow.cancelTurn({ turnId: pathId(context) }, callOptions(context));
    return jsonResponse(CancelTurnResponseSchema, response);
  });

  return routes;
}

/** The cursor of a client that comes back: `Last-Event-ID`, else `?after=`. @throws RequestError 400 */
export function readCursor(context: Context<GatewayEnv>): EventCursor | undefined {
  const text = cursorText(context);
  if (text === "") return undefined;
  const cursor = parseEventId(text);
  if (cursor === undefined) throw wrongCursor(context, "that an event had");
  return cursor;
}

/**
 * The rest of a turn for a client that repeats the POST that has begun it. Behind the last event that is a stream without events, which ends:
 * fetch-event-source repeats a POST for as long as the answer is no stream, and no EventSource sends one.
 * @throws RequestError 410
 */
export async function attach(context: Context<GatewayEnv>, parts: TurnParts, cursor: EventCursor): Promise<Response> {
  const read = async (): Promise<Response> => (await readStored(context, parts, cursor)) ?? endedStream();
  try {
    return await readInPlace(context, parts.streams, turnName(cursor.turnId), read);
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== Code.NotFound) throw error;
    throw new RequestError("TURN_GONE", "the turn of this Last-Event-ID is not stored any more", { cause: error });
  }
}

/** 204 behind the last event: it stops an EventSource. While no agent answers, and when the gateway stops, the client gets a stream that breaks, and no status that ends an EventSource for good. */
async function readEvents(context: Context<GatewayEnv>, parts: TurnParts, cursor: EventCursor): Promise<Response> {
  try {
    return (await readStored(context, parts, cursor)) ?? context.body(null, 204);
  } catch (error) {
    if (!mayComeLater(error, parts.stopping)) throw error;
    parts.problems.describe(error, context);
    return streamLater(streamConnection(context));
  }
}

/** Undefined when the cursor is the last event. */
async function readStored(
  context: Context<GatewayEnv>,
  parts: TurnParts,
  { turnId, sequence, fence }: EventCursor,
): Promise<Response | undefined> {
  const request = { turnId, resumeAfterSequence: sequence, resumeFence: fence };
  const turn = parts.workflow.processConversation(request, streamOptions(context, parts));
  return await streamTurn(turn, streamParts(context, parts));
}

/** The stream ends when its reader leaves, and when the process stops. The turn goes on. */
export function streamOptions(context: Context<GatewayEnv>, { stopping }: TurnParts): CallOptions {
  const options = callOptions(context);
  return { ...options, signal: AbortSignal.any([options.signal, stopping]) };
}

export function streamParts(context: Context<GatewayEnv>, { problems }: TurnParts): TurnStreamOptions {
  const describe = problems.forStream(context);
  return { connection: streamConnection(context), describe: (thrown) => describe(thrown).problem };
}

function wrongCursor(context: Context, expected: string): RequestError {
  return invalidFields([{ field: cursorField(context), description: `expected an id ${expected}` }]);
}
