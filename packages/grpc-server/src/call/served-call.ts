import type { EventEmitter } from "node:events";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type MethodImplSpec } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import type { Admit } from "../identity.ts";
import { encode } from "./codec.ts";
import { CallContext, type Scheme } from "./context.ts";
import type { DefectLog } from "./defect-log.ts";
import { type Failure, toFailure } from "./failure.ts";
import type { HandlerGate, Refusal } from "./handler-gate.ts";
import { HandlerScope } from "./handler-scope.ts";
import type { LiveCall, LiveCalls } from "./live-calls.ts";
import { packFailure, packHeaders } from "./trailers.ts";
import type { Responses, WireCall } from "./wire.ts";

/** The parts of the server that a call needs. */
export interface CallEnvironment {
  readonly clock: Clock;
  readonly scheme: Scheme;
  readonly calls: LiveCalls;
  readonly gate: HandlerGate;
  /** Undefined: every caller is admitted, without an identity. */
  readonly admit: Admit | undefined;
  readonly log: DefectLog;
  /** Makes the id of a failure, for its caller and the log. */
  readonly createId: () => string;
}

/** gRFC A6. */
const PUSHBACK = "grpc-retry-pushback-ms";

/** The abort reason of a call that ended well. One object: a stack trace per call would cost more than the call. */
const END_OF_CALL = new ConnectError("the call has ended", Code.Canceled);

/**
 * One call, from the start of its handler to its end. In come the handler's messages, its failure, the client's
 * cancellation, the deadline and the server's own `fail`; out goes exactly one status, that of the first of these which
 * ends the call. It never waits for a handler: an ended call is not counted, even if its handler ignores its signal.
 */
export class ServedCall implements LiveCall {
  readonly path: string;
  readonly holdsDrain: boolean;
  readonly context: CallContext;
  /** For the calls that the handler makes. */
  readonly scope: HandlerScope;
  readonly #spec: MethodImplSpec;
  readonly #wire: WireCall;
  readonly #responses: Responses;
  readonly #environment: CallEnvironment;
  readonly #startedMs: number;
  readonly #deadline: Timer | undefined;
  #headersSent = false;
  #settled = false;

  constructor(
    spec: MethodImplSpec,
    wire: WireCall,
    responses: Responses,
    holdsDrain: boolean,
    environment: CallEnvironment,
  ) {
    this.path = wire.getPath();
    this.holdsDrain = holdsDrain;
    this.context = new CallContext(spec.method, wire, environment.clock, environment.scheme);
    this.scope = new HandlerScope(this.context, wire);
    this.#spec = spec;
    this.#wire = wire;
    this.#responses = responses;
    this.#environment = environment;
    this.#startedMs = environment.clock.now();
    this.#deadline = this.#startDeadline();
    environment.calls.didStart(this);
    // grpc-js also emits `cancelled` after a call that ended well, and after it answered an expired deadline itself.
    (wire as EventEmitter).on("cancelled", () => this.#didCancel());
  }

  /** Sends one message; resolves when the stream has room for the next one. */
  async send(message: MessageInitShape<DescMessage>): Promise<void> {
    if (this.#settled) return;
    const bytes = encode(this.#spec.method.output, message);
    this.#sendHeaders();
    if (!this.#responses.write(bytes)) await this.#responses.writable(this.context.signal);
  }

  /** The handler has returned. */
  finish(): void {
    if (this.#settled) return;
    this.#sendHeaders();
    const { value, omitted } = packHeaders(this.context.touchedTrailer);
    this.#environment.log.didOmit(this.path, omitted);
    this.#responses.finish(value);
    this.scope.didAnswer();
    this.#settle(status.OK, END_OF_CALL);
  }

  /** The handler threw. After the end of the call an error is expected, and is not reported. */
  didThrow(thrown: unknown): void {
    if (this.#settled) return;
    const failure = toFailure(thrown, this.#environment.createId);
    if (failure.report !== undefined) this.#environment.log.didFail(this.path, failure.report);
    this.scope.didAnswer();
    this.#end(failure);
  }

  /** Before its handler: the caller may repeat the call, whatever its method. */
  refuse({ error, pushbackMs }: Refusal): void {
    if (!this.#settled) this.#end(toFailure(error, this.#environment.createId), pushbackMs);
  }

  fail(error: ConnectError): void {
    if (this.#settled) return;
    this.#end(toFailure(error, this.#environment.createId));
    this.scope.didFail(error);
  }

  #end(failure: Failure, pushbackMs?: number): void {
    this.#sendHeaders();
    const { value, omitted } = packFailure(failure, this.context.touchedTrailer);
    if (pushbackMs !== undefined) value.metadata.set(PUSHBACK, String(pushbackMs));
    this.#environment.log.didOmit(this.path, omitted);
    this.#responses.fail(value);
    this.#settle(value.code, failure.reason);
  }

  #didCancel(): void {
    if (this.#settled) return;
    // The timer that ended the call and the wall clock round differently: a remaining millisecond counts as expired.
    const expired = (this.context.timeoutMs() ?? Number.POSITIVE_INFINITY) <= 1;
    const reason = expired ? deadlineExceeded() : new ConnectError("cancelled by the client", Code.Canceled);
    this.#settle(reason.code, reason);
    this.scope.didFail(reason);
  }

  /** grpc-js has a timer, too, but reports it only when the client has read all queued messages; a stalled client never does. */
  #startDeadline(): Timer | undefined {
    const leftMs = this.context.timeoutMs();
    if (leftMs === undefined) return undefined;
    return this.#environment.clock.setTimer(Math.max(0, leftMs), () => this.fail(deadlineExceeded()));
  }

  /** Headers that a handler set are sent before its first message. Without any, grpc-js sends its own with the message or the status. */
  #sendHeaders(): void {
    if (this.#headersSent) return;
    this.#headersSent = true;
    const { touchedHeader } = this.context;
    if (touchedHeader === undefined) return;
    const { value, omitted } = packHeaders(touchedHeader);
    this.#environment.log.didOmit(this.path, omitted);
    this.#wire.sendMetadata(value);
  }

  #settle(code: number, reason: ConnectError): void {
    this.#settled = true;
    this.#deadline?.cancel();
    const durationMs = this.#environment.clock.now() - this.#startedMs;
    this.#environment.calls.didEnd(this, { path: this.path, code, durationMs });
    // Last, because a handler's listener can do anything. The signal also ends work that the handler left running.
    this.context.abort(reason);
  }
}

function deadlineExceeded(): ConnectError {
  return new ConnectError("deadline exceeded", Code.DeadlineExceeded);
}
