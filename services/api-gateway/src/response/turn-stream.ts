import type { ProcessConversationResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Problem } from "../problem.ts";
import { RequestError } from "../request-error.ts";
import { eventStream } from "./event-stream.ts";
import { encodeSse, sseHeaders, ssePreamble } from "./sse.ts";
import { toSseEvent } from "./turn-event.ts";

export interface TurnStreamOptions {
  readonly clock: Clock;
  /** What a failure in mid-stream is called. */
  readonly describe: (thrown: unknown) => Problem;
}

/**
 * A turn as an event stream. It answers when the first event is there, so that a turn that fails before is a problem
 * document with the right status; after that the status is spent, and a failure is a last event, `error`.
 *
 * @throws ConnectError when the turn ends before its first event
 */
export async function streamTurn(
  turn: AsyncIterable<ProcessConversationResponse>,
  { clock, describe }: TurnStreamOptions,
): Promise<Response> {
  const events = requireEnd(turn);
  const first = await events.next();
  return new Response(eventStream(encode(first, events, describe), clock), { headers: sseHeaders });
}

/** An agent's stream is whole only with its last event; OK without it would pass half an answer off as a whole one. */
async function* requireEnd(
  turn: AsyncIterable<ProcessConversationResponse>,
): AsyncGenerator<ProcessConversationResponse, void> {
  let last: ProcessConversationResponse | undefined;
  for await (last of turn) yield last;
  const end = last?.event.case;
  if (end === "turnCompleted" || end === "turnFailed") return;
  throw new RequestError("ANSWER_INCOMPLETE", "the answer ended without turn_completed or turn_failed");
}

async function* encode(
  first: IteratorResult<ProcessConversationResponse, void>,
  rest: AsyncIterator<ProcessConversationResponse, void>,
  describe: (thrown: unknown) => Problem,
): AsyncGenerator<string, void> {
  yield ssePreamble;
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield encodeSse(toSseEvent(next.value));
  } catch (error) {
    yield encodeSse({ event: "error", data: JSON.stringify(describe(error)) });
  }
}
