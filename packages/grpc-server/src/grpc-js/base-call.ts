/**
 * One call as interceptors and handlers of grpc-js see it. In: a call of a connection; what the handler sends; its deadline. Out: events
 * for the listener, one message for each `startRead`; headers, messages and one status, the last, to the connection.
 *
 * As in grpc-js, `onCancel` follows every end of a call, in a tick of its own: after a status, too.
 *
 * Calls that the handler makes with a channel of ours keep within the call's deadline, and end when its client cancels.
 */

import { ChannelError, Status, type StatusCode } from "@agent-team/grpc-client";
import { type DeadlineEntry, type InboundCall, OUTSIDE_WHEEL, underInbound } from "@agent-team/grpc-client/for-servers";
import type { ConnectError } from "@connectrpc/connect";
import { encodeMessage } from "../grpc-message.ts";
import type { ConnectionInfo, Field, IncomingCall, WireCall } from "../wire.ts";
import type { CallEnvironment, HandledMethod } from "./environment.ts";
import { reasonOf, toFields, toGrpcJs } from "./metadata.ts";
import { codeOf } from "./status.ts";
import type {
  GrpcJsAuthContext,
  GrpcJsMetadata,
  GrpcJsServerCall,
  GrpcJsServerListener,
  GrpcJsStatus,
} from "./types.ts";

/** gRFC A6: the header of a repeated call. */
const PREVIOUS_ATTEMPTS = "grpc-previous-rpc-attempts";

const NO_INFO: ConnectionInfo = {
  localAddress: undefined,
  localPort: undefined,
  remoteAddress: undefined,
  remotePort: undefined,
};

export class BaseCall implements GrpcJsServerCall, IncomingCall, InboundCall, DeadlineEntry {
  readonly path: string;
  readonly holdsDrain = true;
  readonly startedMs: number;
  readonly deadlineMs: number;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;
  isAnswered = false;
  failure: ChannelError | undefined = undefined;
  readonly #method: HandledMethod;
  readonly #wire: WireCall;
  readonly #environment: CallEnvironment;
  readonly #requests: AsyncIterator<Uint8Array> | undefined;
  #listener: GrpcJsServerListener | undefined = undefined;
  /** The one request of a method without a stream of them, until the handler reads it. */
  #request: Uint8Array | undefined = undefined;
  #requestHasCome = false;
  #isReadPending = false;
  #isPulling = false;
  #hasPulled = false;
  #headersSent = false;
  #isEnded = false;
  #onFailure: Set<(failure: ChannelError) => void> | undefined = undefined;

  constructor(method: HandledMethod, wire: WireCall, environment: CallEnvironment) {
    this.path = wire.path;
    this.startedMs = environment.clock.now();
    this.deadlineMs = wire.deadlineMs;
    this.#method = method;
    this.#wire = wire;
    this.#environment = environment;
    this.#requests = method.requestStream ? wire.requests[Symbol.asyncIterator]() : undefined;
    environment.deadlines.add(this);
    environment.calls.didStart(this);
  }

  /** Its one request has not come whole. */
  get awaitsRequest(): boolean {
    return this.#requests === undefined && !this.#requestHasCome;
  }

  // --- GrpcJsServerCall

  start(listener: GrpcJsServerListener): void {
    this.#listener = listener;
    const metadata = toGrpcJs(this.#wire.metadata, this.#environment.Metadata);
    this.#tell(() => listener.onReceiveMetadata(metadata));
  }

  startRead(): void {
    if (this.#isEnded) return;
    this.#isReadPending = true;
    this.#read();
  }

  /** @throws Error for metadata that gRPC cannot carry */
  sendMetadata(metadata: GrpcJsMetadata): void {
    if (this.#isEnded || this.#headersSent) return;
    this.#sendHeaders(toFields(metadata));
  }

  sendMessage(message: unknown, onSent: () => void): void {
    if (this.#isEnded) return;
    const bytes = this.#encode(message);
    if (bytes === undefined) return;
    if (!this.#headersSent) this.#sendHeaders([]);
    if (this.#wire.send(bytes)) onSent();
    else void this.#wire.writable().then(onSent);
  }

  sendStatus(status: GrpcJsStatus): void {
    this.isAnswered = true;
    this.#end(status, { atOnce: false });
  }

  getPeer(): string {
    const { remoteAddress, remotePort } = this.getConnectionInfo();
    return remoteAddress === undefined ? "unknown" : `${remoteAddress}:${remotePort}`;
  }

  /** In ms since 1970; Infinity: none. */
  getDeadline(): number {
    const { clock } = this.#environment;
    return clock.wallNow() + this.deadlineMs - clock.now();
  }

  getHost(): string {
    return this.#wire.authority;
  }

  getAuthContext(): GrpcJsAuthContext {
    const der = this.#wire.peerCertificate();
    if (der === undefined) return {};
    const { X509Certificate } = process.getBuiltinModule("node:crypto");
    return { transportSecurityType: "ssl", sslPeerCertificate: new X509Certificate(der).toLegacyObject() };
  }

  getConnectionInfo(): ConnectionInfo {
    return this.#wire.connectionInfo() ?? NO_INFO;
  }

  getMetricsRecorder(): never {
    throw new Error("getMetricsRecorder: this server sends no metrics of calls (gRFC A51)");
  }

  // --- IncomingCall

  didReceiveRequest(message: Uint8Array): void {
    this.#request = message;
    this.#requestHasCome = true;
    this.#read();
  }

  didCancel(): void {
    this.#settle(Status.cancelled);
    this.#didFail(Status.cancelled, "cancelled by the client");
  }

  /** The request cannot be read, or has not come in time. */
  fail({ code, rawMessage: details }: ConnectError): void {
    this.#end({ code, details }, { atOnce: true });
    this.#didFail(code as number as StatusCode, details);
  }

  // --- DeadlineEntry

  onDeadline(): void {
    this.#end({ code: Status.deadlineExceeded, details: "Deadline exceeded" }, { atOnce: true });
    this.#didFail(Status.deadlineExceeded, "deadline exceeded");
  }

  // --- InboundCall

  remainingMs(): number {
    return this.deadlineMs - this.#environment.clock.now();
  }

  get previousAttempts(): number {
    const [value] = this.#wire.metadata.get(PREVIOUS_ATTEMPTS);
    return value !== undefined && /^[0-9]+$/.test(value) ? Number(value) : 0;
  }

  onFailure(listener: (failure: ChannelError) => void): () => void {
    this.#onFailure ??= new Set();
    this.#onFailure.add(listener);
    return () => this.#onFailure?.delete(listener);
  }

  #read(): void {
    if (!this.#isReadPending) return;
    if (this.#requests !== undefined) return this.#pull(this.#requests);
    if (!this.#requestHasCome) return;
    const request = this.#request;
    this.#request = undefined;
    this.#didRead(request);
  }

  /**
   * The first request comes in a turn after that in which the handler began, as with grpc-js: handlers that subscribe behind an `await`,
   * such as NestJS's, would miss it.
   */
  #pull(requests: AsyncIterator<Uint8Array>): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    if (this.#hasPulled) return this.#pullNow(requests);
    this.#hasPulled = true;
    // oxlint-disable-next-line no-restricted-globals -- a turn of the event loop, and no time
    setImmediate(() => this.#pullNow(requests));
  }

  #pullNow(requests: AsyncIterator<Uint8Array>): void {
    requests.next().then(
      ({ done, value }) => {
        this.#isPulling = false;
        this.#didRead(done === true ? undefined : (value as Uint8Array));
      },
      () => {}, // the call has ended: its listener learns it by `onCancel`
    );
  }

  /** Undefined: the end of the requests. Node's clients cancel by END_STREAM and RST_STREAM together: a cancelled call has no such end. */
  #didRead(bytes: Uint8Array | undefined): void {
    if (this.#isEnded) return;
    this.#isReadPending = false;
    if (bytes === undefined) return this.#tell(() => this.#listener?.onReceiveHalfClose());
    const message = this.#decode(bytes);
    if (message !== undefined) this.#tell(() => this.#listener?.onReceiveMessage(message.value));
  }

  #decode({ buffer, byteOffset, byteLength }: Uint8Array): { readonly value: unknown } | undefined {
    try {
      return { value: this.#method.deserialize(Buffer.from(buffer, byteOffset, byteLength)) };
    } catch (error) {
      this.#fault(Status.internal, "Error deserializing request", error);
      return undefined;
    }
  }

  /** Undefined: the call has ended, because the message cannot be sent. */
  #encode(message: unknown): Uint8Array | undefined {
    try {
      const bytes = this.#method.serialize(message);
      const { maxSendMessageBytes: max } = this.#environment;
      if (bytes.length <= max) return bytes;
      this.sendStatus({
        code: Status.resourceExhausted,
        details: `Sent message larger than max (${bytes.length} vs. ${max})`,
      });
    } catch (error) {
      this.#fault(Status.internal, "Error serializing response", error);
    }
    return undefined;
  }

  /** The caller gets `details`, the operator the error. */
  #fault(code: StatusCode, details: string, error: unknown): void {
    this.#environment.onFault(this.path, details, error);
    this.sendStatus({ code, details });
  }

  #sendHeaders(fields: readonly Field[]): void {
    this.#headersSent = true;
    this.#wire.sendHeaders(fields);
  }

  #end(status: GrpcJsStatus, options: { readonly atOnce: boolean }): void {
    if (this.#isEnded) return;
    const code = codeOf(status);
    const trailers = this.#trailersOf(status);
    if (code === Status.ok) this.#wire.finish(trailers);
    else {
      const message = encodeMessage(status.details);
      this.#wire.fail([["grpc-status", String(code)], ["grpc-message", message], ...trailers], options);
    }
    this.#settle(code);
  }

  /** A status goes out also when its metadata cannot. */
  #trailersOf({ metadata }: GrpcJsStatus): readonly Field[] {
    try {
      return toFields(metadata);
    } catch (error) {
      this.#environment.onFault(this.path, `trailers are left out: ${reasonOf(error)}`, error);
      return [];
    }
  }

  #settle(code: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#environment.deadlines.remove(this);
    const durationMs = this.#environment.clock.now() - this.startedMs;
    this.#environment.calls.didEnd(this, { path: this.path, code, durationMs });
    process.nextTick(() => this.#tell(() => this.#listener?.onCancel()));
  }

  /** The call has ended, and not by its handler. */
  #didFail(code: StatusCode, message: string): void {
    if (this.isAnswered || this.failure !== undefined) return;
    const failure = new ChannelError(code, `the call that this one was made for: ${message}`);
    this.failure = failure;
    for (const listener of [...(this.#onFailure ?? [])]) listener(failure);
  }

  /** Runs code of the program. What it throws is an uncaught error, and must not end the connection's other calls. */
  #tell(tell: () => void): void {
    try {
      underInbound(this, tell);
    } catch (error) {
      process.nextTick(rethrow, error);
    }
  }
}

function rethrow(error: unknown): void {
  throw error;
}
