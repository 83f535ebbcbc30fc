import type { ProcessConversationResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ConnectionControl } from "../gateway-env.ts";
import type { Problem } from "../problem.ts";
import { RequestError } from "../request-error.ts";
import { eventStream } from "./event-stream.ts";
import { encodeSse, RECONNECT_MS, SSE_HEADERS } from "./sse.ts";
import { toSseEvent } from "./turn-event.ts";

export interface TurnStreamOptions {
  readonly clock: Clock;
  readonly connection: ConnectionControl;
  /** Describes a failure after the first event. */
  readonly describe: (thrown: unknown) => Problem;
}

/** Failures after which the turn may go on. The client reconnects with its last event id. */
const PASSING: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled]);

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
export async function streamTurn(turn: Turn, options: TurnStreamOptions): Promise<Response | undefined> {
  const events = requireEnd(turn);
  const first = await events.next();
  if (first.done === true) return undefined;
  const encoded = encode(first.value, events, options.describe);
  return new Response(eventStream(encoded, options.clock, options.connection), { headers: SSE_HEADERS });
}

/** Fails a stream that ends without its last event: an OK status would pass half an answer off as a whole one. */
export async function* requireEnd(turn: Turn): Events {
  let last: ProcessConversationResponse | undefined;
  for await (last of turn) yield last;
  const end = last?.event.case;
  if (last === undefined || end === "turnCompleted" || end === "turnFailed") return;
  throw new RequestError("ANSWER_INCOMPLETE", "the answer ended without turn_completed or turn_failed");
}

async function* encode(
  first: ProcessConversationResponse,
  rest: Events,
  describe: (thrown: unknown) => Problem,
): AsyncGenerator<string, void> {
  let last = first;
  yield encodeSse({ ...toSseEvent(first), retryMs: RECONNECT_MS });
  try {
    for await (last of rest) yield encodeSse(toSseEvent(last));
  } catch (error) {
    const problem = describe(error);
    if (last.event.case === "turnFailed") return; // this was its status
    if (!(error instanceof ConnectError) || PASSING.has(error.code)) throw error;
    yield encodeSse(failedBy(problem, last.turnId));
  }
}

/** A failure that no agent has made an event of. */
function failedBy({ code, reason, detail }: Problem, turnId: string): { event: string; data: string } {
  const failed = { code, reason, detail, retryable: false };
  return { event: "turn_failed", data: JSON.stringify({ turn_id: turnId, turn_failed: failed }) };
}
