import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Identity } from "@agent-team/grpc-server";
import { Code } from "@connectrpc/connect";
import type { Failure } from "../errors.ts";
import type { ConversationName } from "../ids.ts";

/** Why a turn ends without completing. */
export class TurnStopped extends Error {
  override readonly name: string = "TurnStopped";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export const CANCELLED: Failure = { code: Code.Canceled, reason: "CANCELLED", message: "the turn was cancelled" };

/** The caller has disconnected. To continue without a reader needs the turn's log, which comes later. */
export const DISCONNECTED: Failure = {
  code: Code.Canceled,
  reason: "DISCONNECTED",
  message: "the caller has disconnected",
};

const EXPIRED: Failure = {
  code: Code.DeadlineExceeded,
  reason: "TURN_DEADLINE",
  message: "the turn exceeded its deadline",
};

export interface TurnOptions {
  readonly id: string;
  /** The owner of the turn. */
  readonly caller: Identity;
  readonly conversationId: string;
  /** Name of the conversation in the store. */
  readonly name: ConversationName;
  /** From now until the turn fails with DEADLINE_EXCEEDED. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * One turn that runs on this instance. Its signal aborts with a `TurnStopped` when the first of these happens: its
 * deadline passes, it is cancelled, or its caller disconnects.
 */
export class Turn implements Disposable {
  readonly id: string;
  readonly caller: Identity;
  readonly conversationId: string;
  readonly name: ConversationName;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  readonly #stop = new AbortController();
  readonly #timer: Timer;

  constructor({ id, caller, conversationId, name, timeoutMs, clock }: TurnOptions) {
    this.id = id;
    this.caller = caller;
    this.conversationId = conversationId;
    this.name = name;
    this.deadlineMs = clock.wallNow() + timeoutMs;
    this.#timer = clock.setTimer(timeoutMs, () => this.stop(EXPIRED));
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Stops the turn. Only the first call counts. */
  stop(failure: Failure): void {
    this.#stop.abort(new TurnStopped(failure));
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }
}
