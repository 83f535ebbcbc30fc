import { type WatchRunResponse, WatchRunResponseSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { toJsonString } from "@bufbuild/protobuf";
import { eventStream } from "./event-stream.ts";
import { encodeSse, RETRY_FIELD, SSE_HEADERS, type SseEvent } from "./sse.ts";

/**
 * The events of a run as server-sent events. Undefined when there are none: the reader has seen the end. A failure before the first
 * event is thrown. After it the connection is reset, because readers take a clean end for the end of the run; their next request
 * goes on from `Last-Event-ID`.
 *
 * @throws ConnectError when the run cannot be watched
 */
export async function streamRun(events: AsyncIterable<WatchRunResponse>, clock: Clock): Promise<Response | undefined> {
  const reader = events[Symbol.asyncIterator]();
  const first = await reader.next();
  if (first.done === true) return undefined;
  return new Response(eventStream(encode(first.value, reader), clock), { headers: SSE_HEADERS });
}

async function* encode(first: WatchRunResponse, rest: AsyncIterator<WatchRunResponse>): AsyncGenerator<string, void> {
  // In the first event: an event without data would reach the handlers of some clients.
  yield RETRY_FIELD + encodeSse(toSseEvent(first));
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    if (next.value.event.case !== "heartbeat") yield encodeSse(toSseEvent(next.value));
  }
}

/** The oneof case is the type, the whole message is the data. An event without a number keeps the reader's cursor. */
function toSseEvent(message: WatchRunResponse): SseEvent {
  const { sequence, fence, event } = message;
  return {
    id: sequence === 0 ? undefined : `${sequence}-${fence}`,
    event: event.case === undefined ? "message" : WatchRunResponseSchema.field[event.case].name,
    data: toJsonString(WatchRunResponseSchema, message, { useProtoFieldName: true }),
  };
}
