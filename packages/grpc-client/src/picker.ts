/**
 * The picker: an immutable choice among the endpoints that calls may use now; their loads are live. Picking is
 * synchronous, allocates nothing and never waits. A call that cannot be placed yet waits in the balancer's pick queue, the
 * one place that waits.
 */

import type { Method } from "./client-call.ts";
import type { Endpoint, EndpointKey } from "./endpoint.ts";
import type { EndpointLoad } from "./endpoint-load.ts";
import type { ChannelError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";
import type { Stream, StreamHead, StreamSink } from "./stream.ts";

/** A subchannel as a call sees it. */
export interface PickedSubchannel {
  readonly key: EndpointKey;
  readonly endpoint: Endpoint;
  /** Each attempt on this endpoint reports its start, its first response bytes and its end here. */
  readonly load: EndpointLoad;
  /** Opens a stream. Undefined when the connection has just closed: then nothing was sent. Throws for a head that cannot be sent at all. */
  open(head: StreamHead, sink: StreamSink): Stream | undefined;
}

/** Start now, on this subchannel. */
export interface CompletePick {
  readonly kind: "complete";
  readonly subchannel: PickedSubchannel;
  /** For a picker that keeps an account of its own: called with the outcome of the attempt that starts here, once. */
  readonly onEnd?: ((outcome: Outcome) => void) | undefined;
}

export type Pick =
  | CompletePick
  /**
   * Not yet. `ready`: a first answer of a resolver or a connection is on its way. `room`: connections are ready, and
   * carry as many streams as their peers admit.
   */
  | { readonly kind: "queue"; readonly until: "ready" | "room" }
  /**
   * Every endpoint has failed. `allFailedSinceMs` is the instant of the oldest of these failures: endpoints may still become
   * ready for a call that came later. Infinity: waiting would not help any call.
   */
  | { readonly kind: "fail"; readonly error: ChannelError; readonly allFailedSinceMs: number }
  /** A retry has no place: the endpoints that are left are known to fail. The call ends with the failure that it has. */
  | { readonly kind: "drop" };

/** What a picker may know of a call. */
export interface PickInfo {
  readonly method: Method;
  /**
   * Endpoints of the call's earlier attempts. They are picked again only when no other is left, so that whether the answer is
   * `complete` depends on the picker alone, and not on the call.
   */
  readonly tried: readonly EndpointKey[];
  /** The call has another attempt under way: without an endpoint that it has not tried, the answer is `queue`. Default false. */
  readonly onlyUntried?: boolean | undefined;
  /** Attempts of this call that servers may have processed. Above 0 a pick is a retry. Default 0. */
  readonly attempts?: number | undefined;
}

export interface Picker {
  pick(info: PickInfo): Pick;
}

/** A call that needs a subchannel. Gets exactly one of the three answers, possibly before `request` returns. */
export interface PickWaiter extends PickInfo {
  /** Wait until the deadline, however many endpoints fail meanwhile (gRPC's wait-for-ready). */
  readonly waitForReady: boolean;
  /** Its caller has a part of the stream: endpoints that have failed do not end the wait, because a successor may be found; `maxWaitMs` does. */
  readonly goesOn: boolean;
  /** On the clock's scale; Infinity for none. */
  readonly deadlineMs: number;
  /** 0 to 3. When the queue is full, the lowest ranks end first. */
  readonly rank: number;
  /** What the call holds while it waits, in bytes: its messages and metadata. */
  readonly heldBytes: number;
  didPick(pick: CompletePick): void;
  didFailToPick(error: ChannelError): void;
  /** The answer `drop`, which only a retry gets. */
  didDrop(): void;
}

/** Where calls ask for a subchannel. */
export interface PickSource {
  request(waiter: PickWaiter): void;
  /** Picks now or not at all. Undefined while calls wait. */
  tryPick(info: PickInfo): CompletePick | undefined;
  /** Takes back a request that has not been answered. */
  withdraw(waiter: PickWaiter): void;
  /** A waiting call holds `bytes` more. False: the call sends no more until it is placed. */
  grow(waiter: PickWaiter, bytes: number): boolean;
  /** What calls wait for, for the errors of those that give up. */
  explain(): string;
}
