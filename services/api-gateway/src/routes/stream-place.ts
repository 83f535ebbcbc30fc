import type { Context } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import type { OpenStreams, StreamPlace } from "../open-streams.ts";
import { RequestError } from "../request-error.ts";
import { streamLater } from "../response/stream-later.ts";
import { cursorText, streamConnection } from "./stream-connection.ts";

/** When a stream above the limit may be asked for again, in seconds. A place is free when another stream ends, which only its reader knows. */
const AGAIN_AFTER_SECONDS = 5;

/** The name of a turn, or of a run, among the streams of a subject. */
export const turnName = (id: string): string => `turn ${id}`;
export const runName = (id: string): string => `run ${id}`;

/** Takes a place for the stream that answers this request. @throws RequestError TOO_MANY_STREAMS */
export function takePlace(context: Context<GatewayEnv>, streams: OpenStreams, names: readonly string[]): StreamPlace {
  const place = tryTake(context, streams, names);
  if (place === undefined) throw tooManyStreams(streams);
  return place;
}

/**
 * The response of a reader, once it has a place. Above the limit a reader that connects again, or an EventSource, gets a stream that
 * breaks, so that it asks again: an EventSource never asks again after 429, and its ticket was used.
 * @throws RequestError TOO_MANY_STREAMS for other readers
 */
export async function readInPlace(
  context: Context<GatewayEnv>,
  streams: OpenStreams,
  name: string,
  read: () => Promise<Response>,
): Promise<Response> {
  // HEAD reads nothing: it must not take the place of a reader.
  const names = context.req.method === "HEAD" ? [] : [name];
  if (tryTake(context, streams, names) !== undefined) return await read();
  const error = tooManyStreams(streams);
  if (!connectsAgain(context)) throw error;
  return streamLater(streamConnection(context), `retry: ${AGAIN_AFTER_SECONDS * 1_000}\n: ${error.message}\n`);
}

function tryTake(
  context: Context<GatewayEnv>,
  streams: OpenStreams,
  names: readonly string[],
): StreamPlace | undefined {
  return streams.take(context.get("caller")?.subject ?? "", names, context.env);
}

/** A ticket is the first connection of an EventSource, or a later one. */
function connectsAgain(context: Context<GatewayEnv>): boolean {
  return context.get("readerProof") !== undefined || cursorText(context) !== "";
}

function tooManyStreams({ perSubject }: OpenStreams): RequestError {
  const streams = perSubject === 1 ? "1 event stream is" : `${perSubject} event streams are`;
  return new RequestError(
    "TOO_MANY_STREAMS",
    `${streams} open, the most that one caller may have at one gateway; close one or wait until one ends, then ask again`,
    { headers: { "retry-after": String(AGAIN_AFTER_SECONDS) } },
  );
}
