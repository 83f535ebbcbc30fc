import type { ProcessConversationResponse } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Problem } from "../problem.ts";
import { RequestError } from "../request-error.ts";
import { EventBody, type EventFormat, encodedOnce, type FailureText } from "./event-body.ts";
import { eventStream, type StreamConnection } from "./event-stream.ts";
import { encodeSse } from "./sse.ts";
import { toSseEvent } from "./turn-event.ts";

export interface TurnStreamOptions {
  readonly connection: StreamConnection;
  /** Describes a failure after the first event. */
  readonly describe: (thrown: unknown) => Problem;
  /** Called before the response, with the turn of the first event. */
  readonly onTurn?: ((turnId: string) => void) | undefined;
}

/** Failures after which the turn may go on. The client reconnects with its last event id. */
const PASSING: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled]);

const TURN_EVENTS: EventFormat<ProcessConversationResponse> = {
  toSseEvent,
  encode: encodedOnce(toSseEvent),
  isLast: ({ event }) => event.case === "turnCompleted" || event.case === "turnFailed",
  isHidden: () => false,
  mayRest: false, // a turn that no one reads ends after 30 s; its events are few
  incomplete: () => new RequestError("ANSWER_INCOMPLETE", "the answer ended without turn_completed or turn_failed"),
};

type Turn = AsyncIterable<ProcessConversationResponse>;
type Events = AsyncGenerator<ProcessConversationResponse, void>;

/**
 * A turn as an event stream. The response begins with the first event, so that a turn that fails before it gets the status of its
 * failure. `undefined`: the turn has no further event.
 *
 * The stream ends cleanly only after `turn_completed` or `turn_failed`. When it breaks before, so does the connection: clients take
 * a clean end for a whole answer.
 *
 * @throws ConnectError when the turn fails before its first event
 */
export async function streamTurn(
  turn: Turn,
  { connection, describe, onTurn }: TurnStreamOptions,
): Promise<Response | undefined> {
  const events = turn[Symbol.asyncIterator]();
  const first = await events.next();
  if (first.done === true) return undefined;
  onTurn?.(first.value.turnId);
  return eventStream(new EventBody(first.value, events, TURN_EVENTS, failureBy(describe)), connection);
}

/** Fails a stream that ends without its last event: an OK status would pass half an answer off as a whole one. */
export async function* requireEnd(turn: Turn): Events {
  let last: ProcessConversationResponse | undefined;
  for await (last of turn) yield last;
  if (last !== undefined && !TURN_EVENTS.isLast(last)) throw TURN_EVENTS.incomplete();
}

function failureBy(describe: (thrown: unknown) => Problem): FailureText<ProcessConversationResponse> {
  return (error, last) => {
    const problem = describe(error);
    if (last.event.case === "turnFailed") return undefined; // this was its status
    if (!(error instanceof ConnectError) || PASSING.has(error.code)) throw error;
    return encodeSse(failedBy(problem, last.turnId));
  };
}

/** A failure that no agent has made an event of. */
function failedBy({ code, reason, detail }: Problem, turnId: string): { event: string; data: string } {
  const failed = { code, reason, detail, retryable: false };
  return { event: "turn_failed", data: JSON.stringify({ turn_id: turnId, turn_failed: failed }) };
}
