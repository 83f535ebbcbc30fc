/**
 * One call: a deadline over attempts. In: a method, messages in bytes. Out: headers, messages, and exactly one end.
 * It asks for a subchannel, makes an attempt on it, and another one if `repeating.ts` allows it. It never waits by itself: the
 * pick queue waits for an endpoint, the deadline wheel for time.
 *
 *   ┌──────── retry ────────┐
 *   ▼                       │
 *  picking ──► attempting ──┴──► ended        (deadline and cancel lead from every state to ended)
 */

import type { Timer } from "@agent-team/foundation/clock";
import { checkMessage } from "../call-arguments.ts";
import { type CallPriority, rankOf } from "../call-priority.ts";
import type { CallOptions, CallSink, ClientCall, Method } from "../client-call.ts";
import { type Compression, compressed } from "../compression.ts";
import { addressOf, type Endpoint, type EndpointKey } from "../endpoint.ts";
import { ChannelError, isChannelError } from "../errors.ts";
import type { InboundCall } from "../inbound.ts";
import { Metadata } from "../metadata.ts";
import type { Outcome } from "../outcome.ts";
import type { CompletePick, PickWaiter } from "../picker.ts";
import { Status, type StatusCode } from "../status.ts";
import type { StreamEnd } from "../stream.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import type { CallDeps } from "./call-deps.ts";
import { type DeadlineEntry, OUTSIDE_WHEEL } from "./deadline.ts";
import { History } from "./history.ts";
import { afterBreak, afterFailure, type RepeatableCall } from "./repeating.ts";
import { Replay } from "./replay.ts";
import { isResumable } from "./resume.ts";
import { Resuming } from "./resuming.ts";
import { type RetryDecision, SURFACE } from "./retry.ts";
import { SecondAttempt, type TwiceRunningCall } from "./second-attempt.ts";
import { hasLimitWithin, type SilenceLimits, silenceLimitsOf } from "./silence-timer.ts";

export class Call implements ClientCall, PickWaiter, AttemptOwner, DeadlineEntry, TwiceRunningCall, RepeatableCall {
  readonly method: Method;
  readonly deadlineMs: number;
  readonly waitForReady: boolean;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;
  committed = false;
  isPaused = false;
  readonly #deps: CallDeps;
  readonly #sink: CallSink;
  readonly #metadata: Metadata;
  readonly #startedMs: number;
  readonly #priority: CallPriority;
  readonly #compression: Compression;
  #state: "new" | "picking" | "attempting" | "waiting-to-retry" | "ended" = "new";
  readonly #inbound: InboundCall | undefined;
  #leaveInbound: (() => void) | undefined;
  #attempt: Attempt | undefined;
  /** The second of two attempts that are under way. */
  #beside: Attempt | undefined;
  /** Of a call that may run twice at the same time. */
  readonly #second: SecondAttempt | undefined;
  /** Of the current attempt, or of the last one. */
  #endpoint: Endpoint | undefined;
  #retryTimer: Timer | undefined;
  #replay = new Replay();
  readonly #resuming: Resuming | undefined;
  #halfClosed = false;
  readonly #silence: SilenceLimits;
  /** `send` has returned false: the caller waits for `onDrain`. */
  #owesDrain = false;
  readonly #history = new History();
  /** Of the last attempt that another one follows. It is the call's if that finds no place. */
  #failure: Failure | undefined;

  /** `inbound`: the call that this process is answering with it. `timeoutMs` is not longer than what remains of that. */
  constructor(
    method: Method,
    options: CallOptions,
    timeoutMs: number,
    sink: CallSink,
    deps: CallDeps,
    inbound?: InboundCall,
  ) {
    this.method = method;
    this.waitForReady = options.waitForReady ?? false;
    this.#metadata = options.metadata?.sendable() ?? Metadata.empty;
    this.#sink = sink;
    this.#deps = deps;
    this.#priority = options.priority ?? "normal";
    this.#compression = options.compression ?? deps.rules.compression;
    this.#inbound = inbound;
    if (options.resume !== undefined && method.unaryRequest && !method.unaryResponse)
      this.#resuming = new Resuming(options.resume);
    if (this.isIdempotent && method.unaryRequest && method.unaryResponse) this.#second = new SecondAttempt(this, deps);
    this.#silence = silenceLimitsOf(method, options, deps.rules);
    this.#startedMs = deps.clock.now();
    this.deadlineMs = this.#startedMs + timeoutMs;
  }

  /** Begins. Nothing arrives at the sink before this. Does nothing on a call that was cancelled before it began. */
  start(): void {
    if (this.#state !== "new") return;
    if (this.#inbound !== undefined && !this.#follow(this.#inbound)) return;
    if (this.deadlineMs <= this.#startedMs) return this.onDeadline();
    this.#deps.deadlines.add(this);
    this.#pick();
  }

  /** Sends one message; `last` ends the sending side with it. False: wait for `onDrain` before the next. */
  send(plain: Uint8Array, last: boolean, compress = true): boolean {
    if (this.#state === "ended") return true;
    checkMessage(plain);
    if (this.#halfClosed)
      throw new ChannelError(Status.internal, `${this.method.path}: a message after the last one cannot be sent`);
    const message = compress ? this.#encoded(plain) : plain;
    // While nothing has been opened yet, `#hold` asks the caller to stop.
    this.#replay.keep(message, this.#attempt === undefined);
    if (last) this.#halfClosed = true;
    const hasRoom = this.#attempt?.send(message, last) ?? this.#hold(message);
    if (!hasRoom) this.#owesDrain = true;
    return hasRoom;
  }

  halfClose(): void {
    if (this.#halfClosed) return;
    this.#halfClosed = true;
    this.#attempt?.stream?.halfClose();
  }

  /** Ends the call now with `cancelled`, and its attempt with RST_STREAM. */
  cancel(reason = "the caller cancelled the call"): void {
    this.#giveUp(Status.cancelled, reason);
  }

  /** Stops reading: flow control holds the server back. A few messages that have already been received may still come. */
  pause(): void {
    this.isPaused = true;
    this.#attempt?.stream?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.#attempt?.stream?.resume();
  }

  get peer(): string | undefined {
    return this.#endpoint === undefined ? undefined : addressOf(this.#endpoint);
  }

  get rank(): number {
    return rankOf(this.#priority, this.opened > 0);
  }

  get tried(): readonly EndpointKey[] {
    return this.#history.tried;
  }

  get attempts(): number {
    return this.#history.attempts;
  }

  get opened(): number {
    return this.#history.opened;
  }

  get isPartOfRetry(): boolean {
    return this.#inbound !== undefined && this.#inbound.previousAttempts > 0;
  }

  get isIdempotent(): boolean {
    return this.method.idempotent || this.#deps.rules.idempotentMethods.has(this.method.path);
  }

  get goesOn(): boolean {
    return this.#resuming?.hasBegun === true;
  }

  /** Messages and metadata that are held until an endpoint is picked. */
  get heldBytes(): number {
    return this.#replay.bytes + this.#metadata.bytes;
  }

  didPick(pick: CompletePick): void {
    this.#state = "attempting";
    this.#history.didOpen(pick.subchannel.key);
    this.#endpoint = pick.subchannel.endpoint;
    const attempt = new Attempt(this, pick, this.method.unaryResponse, this.#deps.clock);
    this.#attempt = attempt;
    if (hasLimitWithin(this.#silence, this.deadlineMs - attempt.startedMs))
      attempt.limitSilence(this.#silence, this.#deps.deadlines);
    if (this.opened === 1) this.#second?.planHedge();
    this.#open(attempt, this.attempts);
  }

  didFailToPick(error: ChannelError): void {
    this.#end(error, Metadata.empty);
  }

  didDrop(): void {
    this.#fail(this.#failure as Failure);
  }

  onDeadline(): void {
    const message = `${Math.round(this.deadlineMs - this.#startedMs)} ms passed ${this.#whatWasDone()}`;
    this.#giveUp(Status.deadlineExceeded, message, undefined, this.#deps.clock.now() - this.deadlineMs);
  }

  /** A call that may run twice does not wait for the end of a silent connection. It takes the answer that comes first. */
  attemptMayBeLost(attempt: Attempt): void {
    if (attempt === this.#attempt && !this.isPartOfRetry) this.#second?.move(attempt.subchannel.load);
  }

  get hasOneAttempt(): boolean {
    const isAlone = this.#state === "attempting" && this.#attempt !== undefined && this.#beside === undefined;
    return isAlone && this.#halfClosed && this.#replay.isWhole;
  }

  openBeside(pick: CompletePick): void {
    this.#history.didOpen(pick.subchannel.key);
    this.#beside = new Attempt(this, pick, true, this.#deps.clock);
    this.#open(this.#beside, this.attempts + 1);
  }

  attemptDidReceiveHeaders(_attempt: Attempt, metadata: Metadata): void {
    this.#deliverHeaders(metadata);
  }

  attemptDidReceiveMessage(_attempt: Attempt, message: Uint8Array): void {
    this.#resuming?.didReceive(message);
    this.#sink.onMessage(message);
  }

  attemptDidDrain(_attempt: Attempt): void {
    this.#drain();
  }

  attemptDidEnd(attempt: Attempt, end: StreamEnd, outcome: Outcome): void {
    const other = attempt === this.#beside ? this.#attempt : this.#beside;
    this.#attempt = undefined;
    this.#beside = undefined;
    this.#deps.hedging?.didEnd(outcome.kind);
    if (this.#resuming?.hasBegun === true && isResumable(outcome))
      return this.#didBreak(attempt, end, outcome, this.#resuming);
    if (outcome.class === "completed") {
      other?.abandon(Status.cancelled, 0);
      this.#succeed(attempt, end.trailers);
    } else if (other === undefined) this.#didFail(end, outcome);
    else {
      this.#history.didEnd(outcome);
      this.#attempt = other;
    }
  }

  /** An attempt ended after its caller had received messages, and the stream may not be complete. */
  #didBreak(attempt: Attempt, end: StreamEnd, outcome: Outcome, resuming: Resuming): void {
    let request: Uint8Array | "ended" | undefined;
    try {
      request = resuming.didBreak();
    } catch (thrown) {
      return this.#didThrow(thrown);
    }
    if (request === "ended") return this.#didReadAll(attempt, end, outcome);
    const decision = request === undefined ? SURFACE : afterBreak(this, resuming, this.#deps);
    if (request !== undefined && decision.kind === "retry") {
      this.#failure = { end, outcome };
      this.#replay = new Replay();
      this.#replay.keep(this.#encoded(request), true);
      this.#deps.events.emit(() => ({ type: "call-resumed", method: this.method.path, outcome }));
      this.#pickAfter(decision);
    } else if (outcome.class === "completed") this.#succeed(attempt, end.trailers);
    else this.#fail({ end, outcome });
  }

  /** Nothing is missing after the terminal message. A status that the server has sent behind it counts. */
  #didReadAll(attempt: Attempt, end: StreamEnd, outcome: Outcome): void {
    if (outcome.origin === "server" && outcome.class !== "completed") this.#fail({ end, outcome });
    else this.#succeed(attempt, end.trailers);
  }

  #open(attempt: Attempt, previousAttempts: number): void {
    const head = {
      method: this.method,
      metadata: this.#metadata,
      timeoutMs: this.deadlineMs - attempt.startedMs,
      previousAttempts,
      compression: this.#compression,
    };
    try {
      if (attempt.open(head)) this.#sendKept(attempt);
    } catch (thrown) {
      this.#didThrow(thrown);
    }
  }

  /** False: the inbound call has ended already, and with it this one. */
  #follow(inbound: InboundCall): boolean {
    const end = ({ code, rawMessage }: ChannelError): void => this.#giveUp(code, rawMessage, inbound.failure);
    if (inbound.failure === undefined) this.#leaveInbound = inbound.onFailure(end);
    else end(inbound.failure);
    return inbound.failure === undefined;
  }

  #drain(): void {
    this.#owesDrain = false;
    this.#sink.onDrain();
  }

  #didFail(end: StreamEnd, outcome: Outcome): void {
    this.#history.didEnd(outcome);
    this.#failure = { end, outcome };
    const retry = this.#replay.isWhole ? afterFailure(this, this.#history, this.#failure, this.#deps) : SURFACE;
    if (retry.kind === "retry") this.#retry(retry, outcome);
    else this.#fail(this.#failure);
  }

  #pick(): void {
    this.#state = "picking";
    this.#deps.picks.request(this);
  }

  #sendKept(attempt: Attempt): void {
    const hasRoom = this.#replay.sendTo(attempt, this.#halfClosed);
    if (this.isPaused) attempt.stream?.pause();
    // If the stream has no room, its own drain follows.
    if (this.#owesDrain && hasRoom) this.#drain();
  }

  #encoded(message: Uint8Array): Uint8Array {
    return this.#compression === "identity" ? message : compressed(message);
  }

  /** Whether the caller may go on sending although nothing can be sent yet. */
  #hold(message: Uint8Array): boolean {
    const queueHasRoom = this.#state !== "picking" || this.#deps.picks.grow(this, message.length);
    return queueHasRoom && this.#replay.hasRoom;
  }

  #retry(decision: RetryDecision & { kind: "retry" }, outcome: Outcome): void {
    this.#deps.events.emit(() => ({
      type: "call-retried",
      method: this.method.path,
      attempt: this.opened,
      outcome,
    }));
    this.#pickAfter(decision);
  }

  #pickAfter({ minDelayMs, maxDelayMs }: RetryDecision & { kind: "retry" }): void {
    const { clock, random } = this.#deps;
    if (maxDelayMs === 0) return this.#pick();
    this.#state = "waiting-to-retry";
    this.#retryTimer = clock.setTimer(minDelayMs + random() * (maxDelayMs - minDelayMs), () => this.#pick());
  }

  #deliverHeaders(metadata: Metadata): void {
    this.#replay.giveUp();
    // A resumed attempt has headers of its own.
    if (this.committed) return;
    this.committed = true;
    this.#sink.onHeaders(metadata);
  }

  #succeed({ held }: Attempt, trailers: Metadata): void {
    if (this.opened === 1) this.#deps.permits.deposit();
    if (held === undefined) return this.#end(undefined, trailers);
    if (held.messages !== 1) {
      const message = `${this.method.path} succeeded with ${held.messages} messages, expected one`;
      return this.#end(new ChannelError(Status.internal, message, { metadata: trailers }), trailers);
    }
    this.#deliverHeaders(held.headers);
    if (this.#state === "ended") return; // the sink has cancelled the call
    this.#sink.onMessage(held.message as Uint8Array);
    this.#end(undefined, trailers);
  }

  /** Opening or sending threw: a fault of this process, which would come back on another endpoint. */
  #didThrow(thrown: unknown): void {
    if (isChannelError(thrown)) return this.#giveUp(thrown.code, thrown.rawMessage, thrown);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    this.#giveUp(Status.internal, `${this.method.path} could not be sent: ${message}`, thrown);
  }

  #giveUp(code: StatusCode, message: string, cause?: unknown, timerLateMs = 0): void {
    if (this.#state === "ended") return;
    if (this.#state === "picking") this.#deps.picks.withdraw(this);
    const [attempt, beside] = [this.#attempt, this.#beside];
    const maybeProcessed = this.attempts > 0 || attempt?.stream !== undefined;
    this.#attempt = undefined;
    this.#beside = undefined;
    attempt?.abandon(code, timerLateMs);
    beside?.abandon(Status.cancelled, 0);
    this.#end(new ChannelError(code, message, { maybeProcessed, cause }), Metadata.empty);
  }

  #fail({ end, outcome }: Failure): void {
    this.#end(errorOf(end, outcome), end.trailers);
  }

  #end(error: ChannelError | undefined, trailers: Metadata): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#retryTimer?.cancel();
    this.#leaveInbound?.();
    this.#deps.deadlines.remove(this);
    this.#second?.stop();
    this.#replay.giveUp();
    this.#sink.onEnd(error, trailers);
  }

  /** For the message of a missed deadline: what the call was waiting for. */
  #whatWasDone(): string {
    switch (this.#state) {
      case "picking":
        return `while waiting for an endpoint: ${this.#deps.picks.explain()}`;
      case "attempting":
        return `while waiting for ${this.#attempt?.subchannel.key ?? "an answer"}`;
      case "new":
        return "before the call began";
      default:
        return "between two attempts";
    }
  }
}

interface Failure {
  readonly end: StreamEnd;
  readonly outcome: Outcome;
}

function errorOf(end: StreamEnd, outcome: Outcome): ChannelError {
  const metadata = end.origin === "server" ? end.trailers : undefined;
  const maybeProcessed =
    outcome.class === "maybe-processed" || (outcome.class === "committed" && end.origin !== "server");
  return new ChannelError(end.code, end.message, { metadata, maybeProcessed });
}
