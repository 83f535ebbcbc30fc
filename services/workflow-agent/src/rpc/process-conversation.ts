import type { ProcessConversationRequest, ProcessConversationResponse } from "@agent-team/contracts";
import { DisconnectPolicy } from "@agent-team/contracts";
import { type Identity, identityOf } from "@agent-team/grpc-server";
import type { HandlerContext } from "@connectrpc/connect";
import { notFound } from "../errors.ts";
import { isTurnId } from "../ids.ts";
import type { LiveTurn } from "../turn/live-turn.ts";
import { readTurn } from "../turn/read-turn.ts";
import { DISCONNECTED } from "../turn/turn-end.ts";
import type { Turns } from "../turn/turns.ts";
import { type BeginOptions, openOrBegin } from "./begin-turn.ts";
import { checkProcessRequest } from "./check-request.ts";

export interface ProcessOptions extends BeginOptions {
  /** Time without an event after which a heartbeat is sent, in ms. */
  readonly heartbeatMs: number;
}

/**
 * Streams one turn to one caller: a new turn, or the rest of a stored one behind the caller's cursor. The turn runs apart from its
 * callers: one that leaves does not stop it, unless it has asked for that.
 */
export async function* processConversation(
  options: ProcessOptions,
  request: ProcessConversationRequest,
  context: Pick<HandlerContext, "signal" | "values">,
): AsyncGenerator<ProcessConversationResponse> {
  checkProcessRequest(request);
  const caller = identityOf(context);
  const { turns } = options;
  const live = await (request.turnId === ""
    ? openOrBegin(options, request, caller)
    : openOwn(turns, request.turnId, caller));
  // At once and not at the end of this generator: a transport may stop to read it and never end it.
  const leave = turns.enter(live);
  const onAbort = (): void => {
    leave();
    if (stopsWithCaller(request)) turns.cancel(live, DISCONNECTED).catch(() => {});
  };
  context.signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (context.signal.aborted) onAbort();
    const cursor = { sequence: request.resumeAfterSequence, fence: request.resumeFence };
    yield* readTurn(live, cursor, { ...options, signal: context.signal });
  } finally {
    context.signal.removeEventListener("abort", onAbort);
    leave();
  }
}

/** A stored turn of the caller. @throws NOT_FOUND for another owner's turn, as for an unknown one and one that cannot be read */
export async function openOwn(turns: Turns, turnId: string, { subject }: Identity): Promise<LiveTurn> {
  const live = isTurnId(turnId) ? await turns.find(turnId) : undefined;
  if (live?.log.header.subject === subject) return live;
  if (live !== undefined) turns.close(live);
  throw notFound(`turn ${turnId.slice(0, 64)}`);
}

function stopsWithCaller({ onDisconnect, requestId, turnId }: ProcessConversationRequest): boolean {
  if (onDisconnect !== DisconnectPolicy.UNSPECIFIED) return onDisconnect === DisconnectPolicy.CANCEL;
  return requestId === "" && turnId === "";
}
