/**
 * One attempt: a stream on one endpoint, from its pick to its end. It counts itself in the endpoint's load and tells its
 * call what arrives. It decides nothing.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { Metadata } from "../metadata.ts";
import { classify, kindOf, type Outcome } from "../outcome.ts";
import type { PickedSubchannel } from "../picker.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamHead, StreamSink } from "../stream.ts";

/** The call behind an attempt. */
export interface AttemptOwner {
  /** Whether the caller has got headers or a message of this attempt. */
  readonly committed: boolean;
  attemptDidReceiveHeaders(metadata: Metadata): void;
  attemptDidReceiveMessage(message: Uint8Array): void;
  attemptDidDrain(): void;
  attemptDidEnd(end: StreamEnd, outcome: Outcome): void;
}

export class Attempt implements StreamSink {
  readonly subchannel: PickedSubchannel;
  readonly #owner: AttemptOwner;
  readonly #startedMs: number;
  readonly #clock: Clock;
  #stream: Stream | undefined;
  #ended = false;

  constructor(owner: AttemptOwner, subchannel: PickedSubchannel, clock: Clock) {
    this.#owner = owner;
    this.subchannel = subchannel;
    this.#clock = clock;
    this.#startedMs = clock.now();
    subchannel.inFlight++;
  }

  /** The stream while it is open. */
  get stream(): Stream | undefined {
    return this.#stream;
  }

  /** False when the connection had just gone: the attempt has then ended as `not-sent`. */
  open(head: StreamHead): boolean {
    this.#stream = this.subchannel.open(head, this);
    if (this.#stream === undefined) this.onEnd(NOT_SENT);
    return this.#stream !== undefined;
  }

  /** The call gave up: the server is told, the endpoint is not blamed. */
  abandon(code: StreamEnd["code"]): void {
    if (this.#ended) return;
    this.#stream?.cancel();
    const end: StreamEnd = {
      code,
      message: "",
      trailers: Metadata.empty,
      origin: "local",
      processing: "maybe-processed",
    };
    this.#finish(end);
  }

  onHeaders(metadata: Metadata): void {
    if (!this.#ended) this.#owner.attemptDidReceiveHeaders(metadata);
  }

  onMessage(message: Uint8Array): void {
    if (!this.#ended) this.#owner.attemptDidReceiveMessage(message);
  }

  onDrain(): void {
    if (!this.#ended) this.#owner.attemptDidDrain();
  }

  onEnd(end: StreamEnd): void {
    if (this.#ended) return;
    const outcome = this.#finish(end);
    this.#owner.attemptDidEnd(end, outcome);
  }

  /** Every attempt passes here exactly once, and every learner gets this one value. */
  #finish(end: StreamEnd): Outcome {
    this.#ended = true;
    this.#stream = undefined;
    this.subchannel.inFlight--;
    const outcome: Outcome = {
      kind: kindOf(end),
      class: classify(end, this.#owner.committed),
      code: end.code,
      origin: end.origin,
      httpStatus: end.httpStatus,
      endpoint: this.subchannel.key,
      durationMs: this.#clock.now() - this.#startedMs,
    };
    this.subchannel.didEnd(outcome);
    return outcome;
  }
}

const NOT_SENT: StreamEnd = {
  code: Status.unavailable,
  message: "the connection ended before the request was sent",
  trailers: Metadata.empty,
  origin: "transport",
  processing: "not-sent",
};
