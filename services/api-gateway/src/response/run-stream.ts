import { type WatchRunResponse, WatchRunResponseSchema } from "@agent-team/contracts";
import { publicJson } from "../public-json.ts";
import { RequestError } from "../request-error.ts";
import { isLastOfRun } from "../run-end.ts";
import { EventBody, type EventFormat, encodedOnce } from "./event-body.ts";
import { eventStream, type StreamConnection } from "./event-stream.ts";
import type { SseEvent } from "./sse.ts";

export interface RunStreamOptions {
  readonly connection: StreamConnection;
  /** Logs a failure after the first event. */
  readonly report: (thrown: unknown) => void;
}

const RUN_EVENTS: EventFormat<WatchRunResponse> = {
  toSseEvent,
  encode: encodedOnce(toSseEvent),
  isLast: isLastOfRun,
  isHidden: ({ event }) => event.case === "heartbeat",
  mayRest: true, // a run goes on by itself; its events may be several MiB
  incomplete: () => new RequestError("ANSWER_INCOMPLETE", "the events ended before the end of the run"),
};

/**
 * The events of a run as server-sent events. Undefined when there are none: the reader has seen the end. A stream that fails after
 * its first event breaks its connection, because readers take a clean end for the end of the run; their next request continues
 * after `Last-Event-ID`.
 *
 * @throws ConnectError when the run cannot be watched
 */
export async function streamRun(
  run: AsyncIterable<WatchRunResponse>,
  { connection, report }: RunStreamOptions,
): Promise<Response | undefined> {
  const events = run[Symbol.asyncIterator]();
  const first = await events.next();
  if (first.done === true) return undefined;
  const fail = (error: unknown): never => {
    report(error);
    throw error;
  };
  return eventStream(new EventBody(first.value, events, RUN_EVENTS, fail), connection);
}

/** The oneof case is the type, the whole message is the data. An event without a number keeps the reader's cursor. */
function toSseEvent(message: WatchRunResponse): SseEvent {
  const { sequence, fence, event } = message;
  return {
    id: sequence === 0 ? undefined : `${sequence}-${fence}`,
    event: event.case === undefined ? "message" : WatchRunResponseSchema.field[event.case].name,
    data: publicJson(WatchRunResponseSchema, message),
  };
}
