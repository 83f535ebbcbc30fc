/**
 * One attempt: a stream on one endpoint, from its pick to its end. In: what the stream brings. Out: events for its call, and
 * reports for the endpoint's load, the last of which is the outcome. It decides nothing.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { Method } from "../client-call.ts";
import type { LoadAttempt } from "../endpoint-load.ts";
import { Metadata } from "../metadata.ts";
import { classify, kindOf, type Outcome } from "../outcome.ts";
import type { CompletePick, PickedSubchannel } from "../picker.ts";
import { Status, type StatusCode } from "../status.ts";
import type { Stream, StreamEnd, StreamHead, StreamSink } from "../stream.ts";
import type { DeadlineWheel } from "./deadline.ts";
import { type SilenceLimits, SilenceTimer, type SilentAttempt } from "./silence-timer.ts";

const NOT_SENT: StreamEnd = {
  code: Status.unavailable,
  message: "the connection ended before the request was sent",
  trailers: Metadata.empty,
  origin: "transport",
  processing: "not-sent",
};

const SILENT: StreamEnd = { ...NOT_SENT, message: "", processing: "maybe-processed" };

/** The call behind an attempt. */
export interface AttemptOwner {
  readonly method: Method;
  /** Whether the caller has received headers or a message of this attempt. */
  readonly committed: boolean;
  /** The caller reads no further for now. */
  readonly isPaused: boolean;
  /** Its peer is silent, and nothing has come yet. */
  attemptMayBeLost(attempt: Attempt): void;
  attemptDidReceiveHeaders(attempt: Attempt, metadata: Metadata): void;
  attemptDidReceiveMessage(attempt: Attempt, message: Uint8Array): void;
  attemptDidDrain(attempt: Attempt): void;
  attemptDidEnd(attempt: Attempt, end: StreamEnd, outcome: Outcome): void;
}

/** A unary response until its status has come: the caller gets all of it or nothing. */
interface HeldResponse {
  headers: Metadata;
  /** The last one. */
  message: Uint8Array | undefined;
  /** How many came: one, of a server that keeps to the method. */
  messages: number;
}

export class Attempt implements StreamSink, LoadAttempt, SilentAttempt {
  readonly subchannel: PickedSubchannel;
  readonly startedMs: number;
  readonly isStream: boolean;
  censoredMs = 0;
  before: LoadAttempt | undefined = undefined;
  after: LoadAttempt | undefined = undefined;
  /** Undefined for a method that streams its response: its parts go to the owner as they come. */
  readonly held: HeldResponse | undefined;
  readonly #owner: AttemptOwner;
  readonly #clock: Clock;
  readonly #onEnd: CompletePick["onEnd"];
  #stream: Stream | undefined;
  #silence: SilenceTimer | undefined;
  #ttfbMs: number | undefined;
  #sentBytes = 0;
  #receivedBytes = 0;
  #ended = false;

  /** `holdsResponse`: the response is kept in `held`, and only its end is reported to the owner. */
  constructor(owner: AttemptOwner, { subchannel, onEnd }: CompletePick, holdsResponse: boolean, clock: Clock) {
    this.held = holdsResponse ? { headers: Metadata.empty, message: undefined, messages: 0 } : undefined;
    this.#owner = owner;
    this.subchannel = subchannel;
    this.#onEnd = onEnd;
    this.#clock = clock;
    this.startedMs = clock.now();
    this.isStream = !owner.method.unaryResponse;
    subchannel.load.didStart(this);
  }

  /** The stream while it is open. */
  get stream(): Stream | undefined {
    return this.#stream;
  }

  /** False when the connection has just closed: the attempt has then ended as `not-sent`. */
  open(head: StreamHead): boolean {
    this.#stream = this.subchannel.open(head, this);
    if (this.#stream === undefined) this.onEnd(NOT_SENT);
    return this.#stream !== undefined;
  }

  /** Ends the attempt when its server is silent for longer. Called before `open`. */
  limitSilence(limits: SilenceLimits, wheel: DeadlineWheel): void {
    this.#silence = new SilenceTimer(this, limits, this.#clock, wheel);
  }

  get isPaused(): boolean {
    return this.#owner.isPaused;
  }

  onSuspect(): void {
    if (!this.#ended) this.#owner.attemptMayBeLost(this);
  }

  /** The server has been silent for too long: the stream is reset, and the owner gets an end like that of a broken stream. */
  timeOut(message: string): void {
    this.#stream?.cancel();
    this.onEnd({ ...SILENT, message: `${message} from ${this.subchannel.key}` });
  }

  /** Sends one message. False: wait for `attemptDidDrain` before more. Undefined: no stream is open, and nothing was sent. */
  send(message: Uint8Array, last: boolean): boolean | undefined {
    if (this.#stream === undefined) return undefined;
    this.#sentBytes += message.length;
    return this.#stream.sendMessage(message, last);
  }

  /** The call gave up: the stream is reset. `timerLateMs`: how late the deadline's timer ran, if the deadline is the reason. */
  abandon(code: StatusCode, timerLateMs: number): void {
    if (this.#ended) return;
    this.#stream?.cancel();
    const end: StreamEnd = {
      code,
      message: "",
      trailers: Metadata.empty,
      origin: "local",
      processing: "maybe-processed",
    };
    this.#finish(end, timerLateMs);
  }

  onHeaders(metadata: Metadata): void {
    if (this.#ended) return;
    this.#silence?.didReceive();
    this.#didRespond();
    if (this.held === undefined) this.#owner.attemptDidReceiveHeaders(this, metadata);
    else this.held.headers = metadata;
  }

  onMessage(message: Uint8Array): void {
    if (this.#ended) return;
    this.#silence?.didReceive();
    this.#receivedBytes += message.length;
    const { held } = this;
    if (held === undefined) return this.#owner.attemptDidReceiveMessage(this, message);
    held.message = message;
    held.messages++;
  }

  onDrain(): void {
    if (!this.#ended) this.#owner.attemptDidDrain(this);
  }

  onEnd(end: StreamEnd): void {
    if (this.#ended) return;
    const outcome = this.#finish(end, 0);
    this.#owner.attemptDidEnd(this, end, outcome);
  }

  #didRespond(): void {
    this.#ttfbMs = this.#clock.now() - this.startedMs;
    this.subchannel.load.didRespond(this, this.#ttfbMs);
  }

  /** Every attempt passes here exactly once. */
  #finish(end: StreamEnd, timerLateMs: number): Outcome {
    this.#ended = true;
    this.#stream = undefined;
    this.#silence?.stop();
    const durationMs = this.#clock.now() - this.startedMs;
    const { blamelessMs } = this.subchannel.load.latency;
    const outcome: Outcome = {
      kind: kindOf(end, { ttfbMs: this.#ttfbMs, durationMs, timerLateMs, blamelessMs }),
      class: classify(end, this.#owner.committed),
      code: end.code,
      origin: end.origin,
      httpStatus: end.httpStatus,
      endpoint: this.subchannel.key,
      ttfbMs: this.#ttfbMs,
      durationMs,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      pushback: end.code !== Status.ok && end.trailers.get("grpc-retry-pushback-ms") !== undefined,
      timerLateMs,
    };
    this.subchannel.load.didEnd(this, outcome);
    this.#onEnd?.(outcome);
    return outcome;
  }
}
