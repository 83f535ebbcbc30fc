import { randomUUID } from "node:crypto";
import type { ProcessConversationRequest, ProcessConversationResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { type Identity, identityOf } from "@agent-team/grpc-server";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type Conversation, completeTurn, endTurn } from "../conversation/conversation.ts";
import type { ConversationStore } from "../conversation/store.ts";
import { type Failure, toError, toFailure } from "../errors.ts";
import { conversationName, turnId } from "../ids.ts";
import type { PlanInput, Planner } from "../planner.ts";
import type { ActiveTurns } from "../turn/active-turns.ts";
import { withHeartbeat } from "../turn/heartbeat.ts";
import { runTurn } from "../turn/run-turn.ts";
import { DISCONNECTED, Turn, TurnStopped } from "../turn/turn.ts";
import { failed, heartbeat, Numbering } from "../turn/turn-event.ts";
import type { Validate } from "../validate.ts";
import { beginOrResume } from "./begin-turn.ts";
import { checkProcessRequest } from "./check-request.ts";

export interface AgentOptions {
  readonly planner: Planner;
  readonly store: ConversationStore;
  readonly turns: ActiveTurns;
  readonly validate: Validate;
  readonly clock: Clock;
  /** Identifies the writer of the events. Differs after each start of the process. */
  readonly fence: string;
  /** Pause before each piece of text. */
  readonly paceMs: number;
  /** Longest turn, in ms. */
  readonly turnTimeoutMs: number;
  /** Time without an event after which a heartbeat is sent, in ms. */
  readonly heartbeatMs: number;
  /** Called with an unexpected error. The caller receives no details of it. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
}

/**
 * Runs one turn for one caller. The message is stored before the first event, and the outcome before the last one. If the
 * turn fails, the last event has the failure, and the stream ends with its code.
 */
export async function* processConversation(
  options: AgentOptions,
  request: ProcessConversationRequest,
  context: Pick<HandlerContext, "signal" | "values">,
): AsyncGenerator<ProcessConversationResponse> {
  checkProcessRequest(request);
  using turn = createTurn(options, request, identityOf(context));
  options.turns.add(turn);
  const leave = (): void => turn.stop(DISCONNECTED);
  context.signal.addEventListener("abort", leave, { once: true });
  try {
    if (context.signal.aborted) leave();
    yield* streamTurn(options, turn, request.message);
  } finally {
    context.signal.removeEventListener("abort", leave);
    options.turns.remove(turn);
  }
}

function createTurn(
  { turnTimeoutMs, clock }: AgentOptions,
  { conversationId, requestId }: ProcessConversationRequest,
  caller: Identity,
): Turn {
  const name = conversationName(caller.subject, conversationId);
  const id = turnId(name.tag, requestId === "" ? randomUUID() : requestId);
  return new Turn({ id, caller, conversationId, name, timeoutMs: turnTimeoutMs, clock });
}

async function* streamTurn(
  options: AgentOptions,
  turn: Turn,
  message: string,
): AsyncGenerator<ProcessConversationResponse> {
  const { store, clock, heartbeatMs: intervalMs } = options;
  const { id, name, signal } = turn;
  const numbering = new Numbering(id, options.fence);
  const conversation = await store.begin(name, (before) => beginOrResume(before, turn, message, clock.wallNow()));
  let hasEnded = false;
  try {
    const events = runTurn(turn, planInput(conversation, turn.conversationId, message), commit, options);
    const beat = (): typeof heartbeat => heartbeat;
    for await (const event of withHeartbeat(events, { clock, intervalMs, beat, signal })) yield numbering.stamp(event);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === Code.Internal) options.onDefect?.(error);
    if (failure !== DISCONNECTED) yield numbering.stamp(failed(failure));
    throw toError(failure);
  } finally {
    // Otherwise the mark of this turn would stay in the conversation.
    if (!hasEnded) await store.update(name, (now) => endTurn(now, id)).catch(() => {});
  }

  async function commit(outcome: Parameters<typeof completeTurn>[2]): Promise<void> {
    await store.update(name, (now) => completeTurn(now, id, outcome, clock.wallNow()));
    hasEnded = true;
  }
}

/** The input of the planner. The last stored message is this one, so the history ends before it. */
function planInput(
  { messages, open, draft, draftSource }: Conversation,
  conversationId: string,
  message: string,
): PlanInput {
  const history = messages.slice(0, -1);
  return { history, message, open: open?.request, draft: draftSource, draftSpec: draft, conversationId };
}

/** The failure for the caller. An error that is not meant for callers becomes INTERNAL, without its message. */
function failureOf(error: unknown): Failure {
  if (error instanceof TurnStopped) return error.failure;
  if (error instanceof ConnectError) return toFailure(error);
  return { code: Code.Internal, reason: "INTERNAL", message: "the turn failed by a defect of the agent", cause: error };
}
