import { type WatchRunResponse, WatchRunResponseSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { ConnectionControl } from "../gateway-env.ts";
import { publicJson } from "../public-json.ts";
import { RequestError } from "../request-error.ts";
import { isLastOfRun } from "../run-end.ts";
import { eventStream } from "./event-stream.ts";
import { encodeSse, RECONNECT_MS, SSE_HEADERS, type SseEvent } from "./sse.ts";

export interface RunStreamOptions {
  readonly clock: Clock;
  readonly connection: ConnectionControl;
  /** Logs a failure after the first event. */
  readonly report: (thrown: unknown) => void;
}

type Events = AsyncGenerator<WatchRunResponse, void>;

/**
 * The events of a run as server-sent events. Undefined when there are none: the reader has seen the end. A stream that fails after
 * its first event breaks its connection, because readers take a clean end for the end of the run; their next request continues
 * after `Last-Event-ID`.
 *
 * @throws ConnectError when the run cannot be watched
 */
export async function streamRun(
  run: AsyncIterable<WatchRunResponse>,
  { clock, connection, report }: RunStreamOptions,
): Promise<Response | undefined> {
  const events = requireEnd(run);
  const first = await events.next();
  if (first.done === true) return undefined;
  return new Response(eventStream(encode(first.value, events, report), clock, connection), { headers: SSE_HEADERS });
}

async function* requireEnd(run: AsyncIterable<WatchRunResponse>): Events {
  let last: WatchRunResponse | undefined;
  for await (last of run) yield last;
  if (last === undefined || isLastOfRun(last)) return;
  throw new RequestError("ANSWER_INCOMPLETE", "the events ended before the end of the run");
}

async function* encode(
  first: WatchRunResponse,
  rest: Events,
  report: RunStreamOptions["report"],
): AsyncGenerator<string, void> {
  yield encodeSse({ ...toSseEvent(first), retryMs: RECONNECT_MS });
  try {
    for await (const next of rest) if (next.event.case !== "heartbeat") yield encodeSse(toSseEvent(next));
  } catch (error) {
    report(error);
    throw error;
  }
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
