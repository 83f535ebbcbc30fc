/**
 * The call that this process is answering while it makes another one. A server runs its handlers under their `InboundCall`; each call
 * that a handler makes then keeps within the inbound deadline, and ends when the inbound call is cancelled. `AsyncLocalStorage`
 * carries it, so that no handler has to pass anything on.
 *
 *   server ── underInbound(inbound, handler) ──► handler ──► Channel.call ── currentInbound() ──► Call
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { ChannelError } from "./errors.ts";

/** A call that a server of this process answers. */
export interface InboundCall {
  /** Its handler has answered it. What the handler left running is on its own. */
  readonly isAnswered: boolean;
  /** Why it ended without an answer: its client cancelled it, its deadline passed, or the server stopped. Else undefined. */
  readonly failure: ChannelError | undefined;
  /** Until its deadline, in ms, or Infinity. */
  remainingMs(): number;
  /** Its `grpc-previous-rpc-attempts`. Above 0 its client repeats it already, and a failure that surfaces is repeated there. */
  readonly previousAttempts: number;
  /** Calls `listener` when `failure` is set. Returns the function that removes it. */
  onFailure(listener: (failure: ChannelError) => void): () => void;
}

type Storage = AsyncLocalStorage<InboundCall | undefined>;

/** One for all copies of this package in the process: a server that is published holds one, and so does the client beside it. */
const KEY = Symbol.for("@agent-team/grpc-client: the inbound call");

const SHARED = globalThis as { [KEY]?: Storage };

SHARED[KEY] ??= new AsyncLocalStorage();

const CURRENT: Storage = SHARED[KEY];

/** Runs a handler. Calls that it makes, now or after an `await`, are made for `inbound`. */
export function underInbound<T>(inbound: InboundCall, handler: () => T): T {
  return CURRENT.run(inbound, handler);
}

/** Runs work that a handler begins and that shall outlive its call: calls made in it have their own deadlines only. */
export function withoutInbound<T>(work: () => T): T {
  return CURRENT.run(undefined, work);
}

/** The inbound call for which a call is made now. Undefined outside of a handler, and after its answer. */
export function currentInbound(): InboundCall | undefined {
  const inbound = CURRENT.getStore();
  return inbound?.isAnswered === true ? undefined : inbound;
}
