import type { ProcessConversationResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Problem } from "../problem.ts";
import { RequestError } from "../request-error.ts";
import { eventStream } from "./event-stream.ts";
import { encodeSse, SSE_HEADERS, SSE_PREAMBLE } from "./sse.ts";
import { toSseEvent } from "./turn-event.ts";

export interface TurnStreamOptions {
  readonly clock: Clock;
  /** Describes a failure after the first event. */
  readonly describe: (thrown: unknown) => Problem;
}

type Turn = AsyncIterable<ProcessConversationResponse>;
type Events = AsyncGenerator<ProcessConversationResponse, void>;

/**
 * A turn as an event stream. The response begins with the first event, so that a turn that fails before it gets the
 * status of its failure. After that the status is sent, and a failure becomes the last event, `error`.
 *
 * @throws ConnectError when the turn fails before its first event
 */
export async function streamTurn(turn: Turn, { clock, describe }: TurnStreamOptions): Promise<Response> {
  const events = requireEnd(turn);
  const first = await events.next();
  return new Response(eventStream(encode(first, events, describe), clock), { headers: SSE_HEADERS });
}

/** Fails a stream that ends without its last event: an OK status would pass half an answer off as a whole one. */
async function* requireEnd(turn: Turn): Events {
  let last: ProcessConversationResponse | undefined;
  for await (last of turn) yield last;
  const end = last?.event.case;
  if (end === "turnCompleted" || end === "turnFailed") return;
  throw new RequestError("ANSWER_INCOMPLETE", "the answer ended without turn_completed or turn_failed");
}

async function* encode(
  first: IteratorResult<ProcessConversationResponse, void>,
  rest: Events,
  describe: (thrown: unknown) => Problem,
): AsyncGenerator<string, void> {
  yield SSE_PREAMBLE;
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield encodeSse(toSseEvent(next.value));
  } catch (error) {
    yield encodeSse({ event: "error", data: JSON.stringify(describe(error)) });
  }
}
