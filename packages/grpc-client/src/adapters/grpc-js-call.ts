/**
 * One call of a grpc-js stub. In: what the stub and its interceptors call, in the order of their turns. Out: a call of the channel, and its
 * events for the answer (`grpc-js-answer.ts`), which passes them to the stub's listener.
 *
 * The channel's call is made when the first turn is over, or before that when the stub has ended its request: a unary request then
 * leaves in one write, and the channel knows that it is whole.
 *
 *   new ──start──► preparing ──credentials──► collecting ──the turn is over, or the request is whole──► open
 *                                                 └── ended without a message ──► held ──a message───────┘
 *
 * *held*: an interceptor of grpc-js that delays both `start` and `sendMessage` lets `halfClose` overtake the message.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { CallPriority } from "../call-priority.ts";
import type { CallSink, ClientCall } from "../client-call.ts";
import type { Channel } from "../client-channel.ts";
import { ChannelError } from "../errors.ts";
import { Metadata } from "../metadata.ts";
import { Status } from "../status.ts";
import { Answer, type End, SETTLED } from "./grpc-js-answer.ts";
import { generateMetadata } from "./grpc-js-credentials.ts";
import { fromGrpcJs } from "./grpc-js-metadata.ts";
import type { Methods } from "./grpc-js-methods.ts";
import type { ServiceConfig } from "./grpc-js-service-config.ts";
import type {
  GrpcJsCall,
  GrpcJsCallCredentials,
  GrpcJsListener,
  GrpcJsMessageContext,
  GrpcJsMetadata,
  GrpcJsMetadataClass,
} from "./grpc-js-types.ts";

/**
 * How long a request that has ended without a message waits for one, in ms. A stream of requests may be empty, and then the server
 * waits as long; an interceptor that takes longer for a message than for `start` needs the method's definition.
 */
const OVERTAKEN_MS = 1_000;

/** grpc-js: `WriteFlags.NoCompress`. */
const NO_COMPRESS = 2;

/** What all calls of a channel have in common. */
export interface CallDeps {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly methods: Methods;
  readonly config: ServiceConfig;
  /** Of the channel. A call's own come before them. */
  readonly credentials: readonly GrpcJsCallCredentials[];
  readonly maxSendMessageBytes: number;
  readonly waitForReady: boolean | undefined;
  readonly priority: CallPriority | undefined;
  readonly inheritsInbound: boolean | undefined;
}

export class AdaptedCall implements GrpcJsCall, CallSink {
  readonly #deps: CallDeps;
  readonly #path: string;
  readonly #number: number;
  /** On the wall clock, in ms; Infinity: no deadline. */
  readonly #deadlineMs: number;
  readonly #answer = new Answer();
  #phase: "new" | "preparing" | "collecting" | "held" | "open" | "ended" = "new";
  #credentials: GrpcJsCallCredentials | undefined;
  #metadata: Metadata = Metadata.empty;
  #waitsForReady: boolean | undefined;
  /** Messages of the stub until the call is open. */
  #collected: Uint8Array[] | undefined;
  /** Messages that a compressed call sends as they are. */
  #uncompressed: WeakSet<Uint8Array> | undefined;
  /** The stub has asked for a message as it started, before its request: those of unary responses do. */
  #readsFirst = false;
  #halfClosed = false;
  #timer: Timer | undefined;
  #call: ClientCall | undefined;
  #leaveParent: (() => void) | undefined;
  /** Callbacks of messages for which there was no room. */
  #writers: (() => void)[] | undefined;

  constructor(deps: CallDeps, path: string, number: number, deadlineMs: number) {
    this.#deps = deps;
    this.#path = path;
    this.#number = number;
    this.#deadlineMs = deadlineMs;
  }

  /** `leave` is called at the end. */
  leaveParentWith(leave: (() => void) | undefined): void {
    this.#leaveParent = leave;
  }

  start(metadata: GrpcJsMetadata, listener: GrpcJsListener): void {
    this.#answer.listen(listener, metadata.constructor as GrpcJsMetadataClass);
    if (this.#phase === "ended") return;
    const { credentials, config, waitForReady } = this.#deps;
    this.#waitsForReady = metadata.getOptions().waitForReady ?? config.ruleOf(this.#path).waitForReady ?? waitForReady;
    if (this.#credentials !== undefined) void this.#prepare(metadata, [this.#credentials, ...credentials]);
    else if (credentials.length > 0) void this.#prepare(metadata, credentials);
    else this.#collect(metadata, []);
  }

  sendMessageWithContext({ callback, flags = 0 }: GrpcJsMessageContext, message: Uint8Array): void {
    if (this.#phase === "ended") return callback?.();
    const { maxSendMessageBytes } = this.#deps;
    if (message.length > maxSendMessageBytes) {
      const details = `message of ${message.length} bytes is larger than maxSendMessageBytes (${maxSendMessageBytes})`;
      this.cancelWithStatus(Status.resourceExhausted, details);
      return callback?.();
    }
    if (callback !== undefined) (this.#writers ??= []).push(callback);
    if ((flags & NO_COMPRESS) !== 0) (this.#uncompressed ??= new WeakSet()).add(message);
    if (this.#phase === "open") return this.#send(message);
    // Most calls have one message, for which a literal is made: an array that grows by `push` has room for 17.
    if (this.#collected === undefined) this.#collected = [message];
    else this.#collected.push(message);
    if (this.#phase === "held") this.#open();
  }

  halfClose(): void {
    if (this.#halfClosed) return;
    this.#halfClosed = true;
    if (this.#phase === "open") this.#call?.halfClose();
    else if (this.#phase === "collecting" && this.#collected !== undefined) this.#open();
  }

  startRead(): void {
    const isStarting = this.#phase === "preparing" || this.#phase === "collecting";
    if (isStarting && this.#collected === undefined && !this.#halfClosed) this.#readsFirst = true;
    this.#answer.read();
  }

  cancelWithStatus(code: number, details: string): void {
    // A stub that cannot decode a message ends a call that has succeeded.
    if (this.#phase !== "ended" || this.#answer.canStillFail)
      this.#giveUp({ code, details, trailers: Metadata.empty, error: undefined });
  }

  setCredentials(credentials: GrpcJsCallCredentials): void {
    this.#credentials = credentials;
  }

  getPeer(): string {
    return this.#call?.peer ?? this.#deps.channel.target.name;
  }

  getCallNumber(): number {
    return this.#number;
  }

  getAuthContext(): null {
    return null;
  }

  onHeaders(metadata: Metadata): void {
    if (this.#phase !== "ended") this.#answer.didReceiveHeaders(metadata);
  }

  onMessage(message: Uint8Array): void {
    if (this.#phase !== "ended") this.#answer.didReceive(message);
  }

  onDrain(): void {
    const writers = this.#writers;
    if (writers === undefined) return;
    this.#writers = undefined;
    for (const writer of writers) writer();
  }

  onEnd(error: ChannelError | undefined, trailers: Metadata): void {
    if (this.#phase === "ended") return;
    // This side has given up, and the stub is to know it at once. Any other end comes after the messages before it.
    if (error !== undefined && isLocal(error)) this.#answer.dropUnread();
    this.#finish({ code: error?.code ?? Status.ok, details: error?.rawMessage ?? "", trailers, error });
  }

  async #prepare(metadata: GrpcJsMetadata, credentials: readonly GrpcJsCallCredentials[]): Promise<void> {
    this.#phase = "preparing";
    this.#setTimer(this.#remainingMs(), () =>
      this.cancelWithStatus(Status.deadlineExceeded, "the deadline passed while the call's credentials were made"),
    );
    try {
      const added = await generateMetadata(credentials, this.#path, this.#deps.channel.target.name);
      if (this.#phase === "preparing") this.#collect(metadata, added);
    } catch (error) {
      this.#fail(error);
    }
  }

  #collect(metadata: GrpcJsMetadata, added: readonly GrpcJsMetadata[]): void {
    this.#phase = "collecting";
    this.#timer?.cancel();
    try {
      this.#metadata = fromGrpcJs(metadata, added);
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#halfClosed && this.#collected !== undefined) this.#open();
    else void SETTLED.then(() => this.#didCollect());
  }

  /** The turn in which the call started is over. */
  #didCollect(): void {
    if (this.#phase !== "collecting") return;
    const method = this.#deps.methods.defined(this.#path);
    const mayBeOvertaken = this.#halfClosed && this.#collected === undefined && method?.unaryRequest !== false;
    if (!mayBeOvertaken) return this.#open();
    this.#phase = "held";
    const waitMs = method === undefined ? OVERTAKEN_MS : Infinity;
    this.#setTimer(Math.min(waitMs, this.#remainingMs()), () => this.#open());
  }

  #open(): void {
    this.#phase = "open";
    this.#timer?.cancel();
    const { channel, methods, priority, inheritsInbound } = this.#deps;
    const messages = this.#collected ?? [];
    const isWhole = this.#halfClosed && messages.length < 2;
    this.#collected = undefined;
    const defined = methods.defined(this.#path);
    const method = defined ?? methods.guess(this.#path, isWhole);
    const options = {
      metadata: this.#metadata,
      timeoutMs: this.#remainingMs(),
      waitForReady: this.#waitsForReady,
      priority,
      inheritsInbound,
    };
    try {
      const call = channel.call(method, options, this);
      this.#call = call;
      const isUnary = this.#readsFirst && isWhole && messages.length === 1 && defined?.unaryResponse !== false;
      this.#answer.follow(call, isUnary);
      const hasRoom = this.#sendAll(call, messages);
      call.start();
      if (hasRoom) this.onDrain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #sendAll(call: ClientCall, messages: readonly Uint8Array[]): boolean {
    let hasRoom = true;
    for (let i = 0; i < messages.length; i++)
      hasRoom = this.#sendOn(call, messages[i] as Uint8Array, this.#halfClosed && i === messages.length - 1);
    if (this.#halfClosed && messages.length === 0) call.halfClose();
    return hasRoom;
  }

  #send(message: Uint8Array): void {
    if (this.#halfClosed) return this.#fail(this.#overtaken());
    try {
      if (this.#call === undefined || this.#sendOn(this.#call, message, false)) this.onDrain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #sendOn(call: ClientCall, message: Uint8Array, last: boolean): boolean {
    return call.send(message, last, this.#uncompressed?.has(message) !== true);
  }

  #overtaken(): ChannelError {
    const message = `${this.#path}: a message came ${OVERTAKEN_MS} ms or more after the end of the request; an interceptor that delays it so long needs the method in "services"`;
    return new ChannelError(Status.internal, message);
  }

  #fail(thrown: unknown): void {
    if (this.#phase === "ended") return;
    const error = ChannelError.from(thrown);
    this.#giveUp({ code: error.code, details: error.rawMessage, trailers: Metadata.empty, error });
  }

  #giveUp(end: End): void {
    this.#answer.dropUnread();
    this.#finish(end);
    this.#call?.cancel(end.details);
  }

  #finish(end: End): void {
    this.#phase = "ended";
    this.#answer.end = end;
    this.#timer?.cancel();
    this.#leaveParent?.();
    this.#leaveParent = undefined;
    this.onDrain();
    this.#answer.scheduleStatus();
  }

  #remainingMs(): number {
    return this.#deadlineMs === Infinity ? Infinity : Math.max(0, this.#deadlineMs - this.#deps.clock.wallNow());
  }

  #setTimer(delayMs: number, onTime: () => void): void {
    this.#timer = delayMs === Infinity ? undefined : this.#deps.clock.setTimer(delayMs, onTime);
  }
}

/** Whether this side has ended the call, and not its server or the loss of a connection. */
function isLocal({ code, metadata }: ChannelError): boolean {
  return metadata === undefined && (code === Status.deadlineExceeded || code === Status.cancelled);
}
