import type { Clock } from "@agent-team/foundation/clock";
import {
  type DeadlineEntry,
  type DeadlineWheel,
  encodeMessage,
  OUTSIDE_WHEEL,
} from "@agent-team/grpc-client/for-servers";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type MethodImplSpec } from "@connectrpc/connect";
import type { Admit } from "../identity.ts";
import type { IncomingCall, WireCall } from "../wire.ts";
import { CallContext, type Scheme } from "./context.ts";
import type { DefectLog } from "./defect-log.ts";
import { type Failure, toFailure } from "./failure.ts";
import type { HandlerGate, Refusal } from "./handler-gate.ts";
import { HandlerScope } from "./handler-scope.ts";
import type { LiveCall, LiveCalls } from "./live-calls.ts";
import { run } from "./run.ts";
import { OK } from "./status.ts";
import { packFailure, packHeaders } from "./trailers.ts";

/** The parts of the server that a call needs. */
export interface CallEnvironment {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  readonly scheme: Scheme;
  readonly calls: LiveCalls;
  readonly gate: HandlerGate;
  /** Undefined: every caller is admitted, without an identity. */
  readonly admit: Admit | undefined;
  readonly log: DefectLog;
  /** Makes the id of a failure, for its caller and the log. */
  readonly createId: () => string;
}

/** What a call is made of. */
export interface ServedCallInit {
  readonly spec: MethodImplSpec;
  readonly wire: WireCall;
  readonly holdsDrain: boolean;
  readonly admit: Admit | undefined;
  readonly environment: CallEnvironment;
}

/** gRFC A6. */
const PUSHBACK = "grpc-retry-pushback-ms";

/** The abort reason of a call that ended well. One object: a stack trace per call would cost more than the call. */
const END_OF_CALL = new ConnectError("the call has ended", Code.Canceled);

/**
 * One call, from its headers to its end. In come the request, the handler's messages, its failure, the client's
 * cancellation, the deadline and the server's own `fail`; out goes exactly one status, that of the first of these which
 * ends the call. It never waits for a handler: an ended call is not counted, even if its handler ignores its signal.
 */
export class ServedCall implements LiveCall, IncomingCall, DeadlineEntry {
  readonly path: string;
  readonly holdsDrain: boolean;
  readonly startedMs: number;
  readonly deadlineMs: number;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;
  readonly context: CallContext;
  /** For the calls that the handler makes. */
  readonly scope: HandlerScope;
  readonly #spec: MethodImplSpec;
  readonly #wire: WireCall;
  readonly #admit: Admit | undefined;
  readonly #environment: CallEnvironment;
  #isRunning = false;
  #headersSent = false;
  #settled = false;

  constructor({ spec, wire, holdsDrain, admit, environment }: ServedCallInit) {
    this.path = wire.path;
    this.holdsDrain = holdsDrain;
    this.startedMs = environment.clock.now();
    this.context = new CallContext(spec.method, wire, environment.clock, environment.scheme);
    this.scope = new HandlerScope(this.context, wire);
    this.#spec = spec;
    this.#wire = wire;
    this.#admit = admit;
    this.#environment = environment;
    this.deadlineMs = wire.deadlineMs;
    environment.deadlines.add(this);
    environment.calls.didStart(this);
  }

  /** Its request has not come whole, so that no handler runs. */
  get awaitsRequest(): boolean {
    return !this.#isRunning;
  }

  didReceiveRequest(message: Uint8Array): void {
    this.run(message);
  }

  /** Starts the handler. */
  run(request?: Uint8Array): void {
    if (this.#settled) return;
    this.#isRunning = true;
    run({ spec: this.#spec, wire: this.#wire, call: this, admit: this.#admit, request });
  }

  /** Sends one message. The promise, if there is one, resolves when the stream has room for the next one. */
  send(message: MessageInitShape<DescMessage>): Promise<void> | undefined {
    if (this.#settled) return undefined;
    const bytes = encodeMessage(this.#spec.method.output, message);
    this.#sendHeaders();
    return this.#wire.send(bytes) ? undefined : this.#wire.writable();
  }

  /** The handler's one response. Never throws. */
  answer(message: MessageInitShape<DescMessage>): void {
    try {
      const isFull = this.send(message);
      if (isFull === undefined) this.finish();
      else void isFull.then(() => this.finish());
    } catch (thrown) {
      this.didThrow(thrown);
    }
  }

  /** The handler has returned. */
  finish(): void {
    if (this.#settled) return;
    this.#sendHeaders();
    const { value, omitted } = packHeaders(this.context.touchedTrailer);
    this.#environment.log.didOmit(this.path, omitted);
    this.#wire.finish(value);
    this.scope.didAnswer();
    this.#settle(OK, END_OF_CALL);
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
    if (!this.#settled) this.#end(toFailure(error, this.#environment.createId), { pushbackMs });
  }

  fail(error: ConnectError): void {
    if (this.#settled) return;
    this.#end(toFailure(error, this.#environment.createId), { atOnce: true });
    this.scope.didFail(error);
  }

  /** `atOnce`: also when the client does not read what was sent before. */
  #end(failure: Failure, { pushbackMs, atOnce = false }: { pushbackMs?: number; atOnce?: boolean } = {}): void {
    this.#sendHeaders();
    const { value, omitted } = packFailure(failure, this.context.touchedTrailer);
    const pushback = pushbackMs === undefined ? [] : [[PUSHBACK, String(pushbackMs)] as const];
    this.#environment.log.didOmit(this.path, omitted);
    this.#wire.fail([...value.fields, ...pushback], { atOnce });
    this.#settle(value.code, failure.reason);
  }

  didCancel(): void {
    if (this.#settled) return;
    // The client's timer and ours round differently: a remaining millisecond counts as expired.
    const expired = (this.context.timeoutMs() ?? Number.POSITIVE_INFINITY) <= 1;
    const reason = expired ? deadlineExceeded() : new ConnectError("cancelled by the client", Code.Canceled);
    this.#settle(reason.code, reason);
    this.scope.didFail(reason);
  }

  onDeadline(): void {
    this.fail(deadlineExceeded());
  }

  /** Headers that a handler set are sent before its first message. Without any, the connection sends its own. */
  #sendHeaders(): void {
    if (this.#headersSent) return;
    this.#headersSent = true;
    const { touchedHeader } = this.context;
    if (touchedHeader === undefined) return;
    const { value, omitted } = packHeaders(touchedHeader);
    this.#environment.log.didOmit(this.path, omitted);
    this.#wire.sendHeaders(value);
  }

  #settle(code: number, reason: ConnectError): void {
    this.#settled = true;
    this.#environment.deadlines.remove(this);
    const durationMs = this.#environment.clock.now() - this.startedMs;
    this.#environment.calls.didEnd(this, { path: this.path, code, durationMs });
    // Last, because a handler's listener can do anything. The signal also ends work that the handler left running.
    this.context.abort(reason);
  }
}

function deadlineExceeded(): ConnectError {
  return new ConnectError("deadline exceeded", Code.DeadlineExceeded);
}
