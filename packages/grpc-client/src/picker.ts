/**
 * The picker: an immutable snapshot of the endpoints that calls may use now. Picking is synchronous, allocates nothing
 * and never waits; what cannot be picked yet waits in the balancer's pick queue, the one place that waits.
 */

import type { Endpoint, EndpointKey } from "./endpoint.ts";
import type { ChannelError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";
import type { Stream, StreamHead, StreamSink } from "./stream.ts";

/** A subchannel as a call sees it. */
export interface PickedSubchannel {
  readonly key: EndpointKey;
  readonly endpoint: Endpoint;
  /** Calls from their pick to the end of their stream. The call counts; the balancer reads. */
  inFlight: number;
  /** Opens a stream, or answers undefined when the connection has just gone: then nothing was sent. Throws for a head that cannot be sent at all. */
  open(head: StreamHead, sink: StreamSink): Stream | undefined;
  /** Each attempt on this endpoint ends here exactly once. */
  didEnd(outcome: Outcome): void;
}

export type Pick =
  /** Start now, here. */
  | { readonly kind: "complete"; readonly subchannel: PickedSubchannel }
  /**
   * Not yet. `ready`: a first answer of a resolver or a connection is on its way. `room`: connections are ready, and
   * carry as many streams as their peers admit.
   */
  | { readonly kind: "queue"; readonly until: "ready" | "room" }
  /** Every endpoint has failed. `provenMs` is the instant of the oldest of these failures: a call that came later may still hope. */
  | { readonly kind: "fail"; readonly error: ChannelError; readonly provenMs: number };

export interface Picker {
  /**
   * `tried`: endpoints that this call has been on. They are picked again only when no other is left, so that it depends
   * on the picker alone, and not on the call, whether the answer is `complete`.
   */
  pick(tried: readonly EndpointKey[]): Pick;
}

/** A call that needs a subchannel. Gets exactly one of the two answers, possibly before `request` returns. */
export interface PickWaiter {
  readonly tried: readonly EndpointKey[];
  /** Wait until the deadline, however many endpoints fail meanwhile (gRPC's wait-for-ready). */
  readonly waitForReady: boolean;
  /** What it holds while it waits, in bytes: its messages and metadata. */
  readonly heldBytes: number;
  didPick(subchannel: PickedSubchannel): void;
  didFailToPick(error: ChannelError): void;
}

/** Where calls ask for a subchannel. */
export interface PickSource {
  request(waiter: PickWaiter): void;
  /** Takes back a request that has not been answered. */
  withdraw(waiter: PickWaiter): void;
  /** A waiting call holds `bytes` more. False: no more, please, until it is placed. */
  grow(waiter: PickWaiter, bytes: number): boolean;
  /** What calls wait for, for the errors of those that give up. */
  explain(): string;
}
