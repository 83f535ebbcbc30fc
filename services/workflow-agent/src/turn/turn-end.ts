import type { ProcessConversationResponse } from "@agent-team/contracts";
import { Code, type ConnectError } from "@connectrpc/connect";
import { type Failure, toError } from "../errors.ts";
import { codeOf } from "./turn-event.ts";

/** Why a turn ends without completing. */
export class TurnStopped extends Error {
  override readonly name: string = "TurnStopped";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Another agent has taken the turn: this one stops without an event. */
export class Superseded extends Error {
  override readonly name: string = "Superseded";
}

export const CANCELLED: Failure = { code: Code.Canceled, reason: "CANCELLED", message: "the turn was cancelled" };

/** Of a turn whose caller has asked for that. */
export const DISCONNECTED: Failure = {
  code: Code.Canceled,
  reason: "DISCONNECTED",
  message: "the caller has disconnected",
};

export const NO_READER: Failure = {
  code: Code.Canceled,
  reason: "NO_READER",
  message: "no caller has read the turn for 30 s",
};

export const EXPIRED: Failure = {
  code: Code.DeadlineExceeded,
  reason: "TURN_DEADLINE",
  message: "the turn exceeded its deadline",
};

export const PASSED: Failure = {
  code: Code.Aborted,
  reason: "TURN_PASSED",
  message: "the conversation has gone on without this turn",
};

export const TOO_LARGE: Failure = {
  code: Code.ResourceExhausted,
  reason: "ANSWER_TOO_LARGE",
  message: "the answer has more than 256 KiB",
};

/** Ends the readers of a turn that goes on elsewhere: a client that resumes it asks another agent. */
export const HANDED_OFF: Failure = {
  code: Code.Unavailable,
  reason: "HANDED_OFF",
  message: "this agent stops, and another one continues the turn",
};

export const LOST: Failure = {
  code: Code.Aborted,
  reason: "TURN_LOST",
  message: "the turn was deleted with its conversation, or the store has lost it",
};

export const UNREADABLE: Failure = {
  code: Code.DataLoss,
  reason: "TURN_UNREADABLE",
  message: "the stored turn cannot be read, and does not go on",
};

/** The status after the last event of a turn; `undefined` is OK. */
export function statusAfter({ event }: ProcessConversationResponse): ConnectError | undefined {
  if (event.case !== "turnFailed") return undefined;
  const { reason, detail: message } = event.value;
  return toError({ code: codeOf(event.value), reason, message });
}
