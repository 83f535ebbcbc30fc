/**
 * One call of a grpc-js stub. In: what the stub and its interceptors call, in the order of their turns. Out: events for the stub's
 * listener: headers, one message for each `startRead`, and one status, the last event.
 *
 * The channel's call is made when the first turn is over, or before that when the stub has ended its request: a unary request then
 * leaves in one write, and the channel knows that it is whole.
 *
 *   new ──start──► preparing ──credentials──► collecting ──the turn is over, or the request is whole──► open
 *                                                 └── ended without a message ──► held ──a message───────┘
 *
 * *held*: an interceptor of grpc-js that delays both `start` and `sendMessage` lets `halfClose` overtake the message.
 *
 * The listener is called in the async context of the caller, and what it throws is thrown again outside of the channel.
 */

import { AsyncResource } from "node:async_hooks";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { CallPriority } from "../call-priority.ts";
import type { CallSink, ClientCall } from "../client-call.ts";
import type { Channel } from "../client-channel.ts";
import { ChannelError } from "../errors.ts";
import { Metadata } from "../metadata.ts";
import { Status } from "../status.ts";
import { generateMetadata } from "./grpc-js-credentials.ts";
import { fromGrpcJs, toGrpcJs } from "./grpc-js-metadata.ts";
import type { Methods } from "./grpc-js-methods.ts";
import type { ServiceConfig } from "./grpc-js-service-config.ts";
import type {
  GrpcJsCall,
  GrpcJsCallCredentials,
  GrpcJsListener,
  GrpcJsMessageContext,
  GrpcJsMetadata,
  GrpcJsMetadataClass,
  GrpcJsStatus,
} from "./grpc-js-types.ts";

/** Messages are decoded when they are read, so the queue holds bytes: enough for one turn of the loop, little for a slow reader. */
const PAUSE_AT_BYTES = 64 * 1_024;
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

interface End {
  readonly code: number;
  readonly details: string;
  readonly trailers: Metadata;
  readonly error: ChannelError | undefined;
}

export class AdaptedCall extends AsyncResource implements GrpcJsCall, CallSink {
  readonly #deps: CallDeps;
  readonly #path: string;
  readonly #number: number;
  /** On the wall clock, in ms; Infinity: no deadline. */
  readonly #deadlineMs: number;
  #phase: "new" | "preparing" | "collecting" | "held" | "open" | "ended" = "new";
  #listener: GrpcJsListener | undefined;
  #MetadataClass: GrpcJsMetadataClass | undefined;
  #credentials: GrpcJsCallCredentials | undefined;
  #metadata: Metadata = Metadata.empty;
  #waitsForReady: boolean | undefined;
  /** Messages of the stub until the call is open. */
  #collected: Uint8Array[] = [];
  /** Messages that a compressed call sends as they are. */
  #uncompressed: WeakSet<Uint8Array> | undefined;
  #halfClosed = false;
  #timer: Timer | undefined;
  #call: ClientCall | undefined;
  #leaveParent: (() => void) | undefined;
  /** Callbacks of messages for which there was no room. */
  #writers: (() => void)[] | undefined;
  /** Messages of the server that have not been read. */
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #isPaused = false;
  /** The stub waits for a message. */
  #isReading = false;
  #reads = 0;
  #isDelivering = false;
  #end: End | undefined;
  #isFinished = false;

  constructor(deps: CallDeps, path: string, number: number, deadlineMs: number) {
    super("GrpcJsCall");
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
    if (this.#listener !== undefined) throw new Error("the call has been started already");
    this.#listener = listener;
    this.#MetadataClass = metadata.constructor as GrpcJsMetadataClass;
    const { credentials, config, waitForReady } = this.#deps;
    this.#waitsForReady = metadata.getOptions().waitForReady ?? config.ruleOf(this.#path).waitForReady ?? waitForReady;
    if (this.#end !== undefined) return this.#scheduleStatus();
    if (this.#credentials !== undefined) void this.#prepare(metadata, [this.#credentials, ...credentials]);
    else if (credentials.length > 0) void this.#prepare(metadata, credentials);
    else this.#collect(metadata, []);
  }

  sendMessageWithContext({ callback, flags = 0 }: GrpcJsMessageContext, message: Uint8Array): void {
    if (this.#end !== undefined) return callback?.();
    const { maxSendMessageBytes } = this.#deps;
    if (message.length > maxSendMessageBytes) {
      const details = `message of ${message.length} bytes is larger than maxSendMessageBytes (${maxSendMessageBytes})`;
      this.cancelWithStatus(Status.resourceExhausted, details);
      return callback?.();
    }
    if (callback !== undefined) (this.#writers ??= []).push(callback);
    if ((flags & NO_COMPRESS) !== 0) (this.#uncompressed ??= new WeakSet()).add(message);
    if (this.#phase === "open") return this.#send(message);
    this.#collected.push(message);
    if (this.#phase === "held") this.#open();
  }

  halfClose(): void {
    if (this.#halfClosed) return;
    this.#halfClosed = true;
    if (this.#phase === "open") this.#call?.halfClose();
    else if (this.#phase === "collecting" && this.#collected.length > 0) this.#open();
  }

  startRead(): void {
    this.#isReading = true;
    this.#reads++;
    if (this.#unread.length > 0) this.#deliverUnread();
  }

  cancelWithStatus(code: number, details: string): void {
    // A stub that cannot decode a message ends a call that has succeeded.
    if (this.#isFinished || (this.#end !== undefined && this.#end.code !== Status.ok)) return;
    this.#unread.length = 0;
    this.#finish({ code, details, trailers: Metadata.empty, error: undefined });
    this.#call?.cancel(details);
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
    if (this.#end === undefined) this.#tell(tellMetadata, this.#convert(metadata));
  }

  onMessage(message: Uint8Array): void {
    if (this.#end !== undefined) return;
    if (this.#isReading && this.#unread.length === 0 && !this.#isDelivering) return this.#deliver(message);
    this.#unread.push(message);
    this.#unreadBytes += message.length;
    if (this.#isPaused || this.#unreadBytes < PAUSE_AT_BYTES) return;
    this.#isPaused = true;
    this.#call?.pause();
  }

  onDrain(): void {
    const writers = this.#writers;
    if (writers === undefined) return;
    this.#writers = undefined;
    for (const writer of writers) writer();
  }

  onEnd(error: ChannelError | undefined, trailers: Metadata): void {
    if (this.#end !== undefined) return;
    // This side has given up, and the stub is to know it at once. Any other end comes after the messages before it.
    if (error !== undefined && isLocal(error)) this.#unread.length = 0;
    const code = error?.code ?? Status.ok;
    this.#finish({ code, details: error?.rawMessage ?? "", trailers, error });
  }

  async #prepare(metadata: GrpcJsMetadata, credentials: readonly GrpcJsCallCredentials[]): Promise<void> {
    this.#phase = "preparing";
    this.#setTimer(this.#remainingMs(), () =>
      this.cancelWithStatus(Status.deadlineExceeded, "the deadline passed while the call's credentials were made"),
    );
    try {
      const added = await generateMetadata(credentials, this.#path, this.#deps.channel.target.name);
      if (this.#end === undefined) this.#collect(metadata, added);
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
    if (this.#halfClosed && this.#collected.length > 0) this.#open();
    else queueMicrotask(() => this.#didCollect());
  }

  /** The turn in which the call started is over. */
  #didCollect(): void {
    if (this.#phase !== "collecting") return;
    const method = this.#deps.methods.defined(this.#path);
    const mayBeOvertaken = this.#halfClosed && this.#collected.length === 0 && method?.unaryRequest !== false;
    if (!mayBeOvertaken) return this.#open();
    this.#phase = "held";
    const waitMs = method === undefined ? OVERTAKEN_MS : Infinity;
    this.#setTimer(Math.min(waitMs, this.#remainingMs()), () => this.#open());
  }

  #open(): void {
    this.#phase = "open";
    this.#timer?.cancel();
    const { channel, methods, priority, inheritsInbound } = this.#deps;
    const isWhole = this.#halfClosed && this.#collected.length < 2;
    const method = methods.defined(this.#path) ?? methods.guess(this.#path, isWhole);
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
      const hasRoom = this.#sendCollected(call);
      call.start();
      if (hasRoom) this.onDrain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #sendCollected(call: ClientCall): boolean {
    const messages = this.#collected;
    this.#collected = [];
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

  #deliverUnread(): void {
    if (this.#isDelivering) return;
    for (let message = this.#next(); message !== undefined; message = this.#next()) this.#deliver(message);
    if (this.#isPaused && this.#unreadBytes < PAUSE_AT_BYTES / 2) {
      this.#isPaused = false;
      this.#call?.resume();
    }
    if (this.#end !== undefined && this.#unread.length === 0) this.#scheduleStatus();
  }

  #next(): Uint8Array | undefined {
    const message = this.#isReading ? this.#unread.shift() : undefined;
    this.#unreadBytes -= message?.length ?? 0;
    return message;
  }

  #deliver(message: Uint8Array): void {
    this.#isReading = false;
    this.#isDelivering = true;
    this.#tell(tellMessage, asBuffer(message));
    this.#isDelivering = false;
  }

  #finish(end: End): void {
    this.#end = end;
    this.#phase = "ended";
    this.#timer?.cancel();
    this.#leaveParent?.();
    this.#leaveParent = undefined;
    this.onDrain();
    this.#scheduleStatus();
  }

  #fail(thrown: unknown): void {
    if (this.#end !== undefined) return;
    const error = ChannelError.from(thrown);
    this.#unread.length = 0;
    this.#finish({ code: error.code, details: error.rawMessage, trailers: Metadata.empty, error });
    this.#call?.cancel(error.rawMessage);
  }

  /** Not at once: the stub may be in the middle of making the call, and its caller has not got it yet. */
  #scheduleStatus(): void {
    if (this.#listener !== undefined) process.nextTick(deliverStatus, this);
  }

  deliverStatus(): void {
    if (this.#isFinished || this.#end === undefined) return;
    // A stub of a unary response reads once. A further message that its server has sent must not hold back the error.
    if (this.#unread.length > 0 && (this.#end.code === Status.ok || this.#reads > 1)) return;
    this.#isFinished = true;
    const { code, details, trailers, error } = this.#end;
    const status = { code, details, metadata: this.#convert(trailers) };
    const told = error === undefined ? status : { ...status, cause: error };
    this.runInAsyncScope(tellStatus, undefined, this.#listener, told);
  }

  /** Calls the listener in the context of the caller. What it throws must not end the connection's other calls. */
  #tell<T>(tell: (listener: GrpcJsListener | undefined, value: T) => void, value: T): void {
    try {
      this.runInAsyncScope(tell, undefined, this.#listener, value);
    } catch (error) {
      process.nextTick(rethrow, error);
    }
  }

  #convert(metadata: Metadata): GrpcJsMetadata {
    return toGrpcJs(metadata, this.#MetadataClass as GrpcJsMetadataClass);
  }

  #remainingMs(): number {
    return this.#deadlineMs === Infinity ? Infinity : Math.max(0, this.#deadlineMs - this.#deps.clock.wallNow());
  }

  #setTimer(delayMs: number, onTime: () => void): void {
    this.#timer = delayMs === Infinity ? undefined : this.#deps.clock.setTimer(delayMs, onTime);
  }
}

function deliverStatus(call: AdaptedCall): void {
  call.deliverStatus();
}

function tellMetadata(listener: GrpcJsListener | undefined, metadata: GrpcJsMetadata): void {
  listener?.onReceiveMetadata(metadata);
}

function tellMessage(listener: GrpcJsListener | undefined, message: Buffer): void {
  listener?.onReceiveMessage(message);
}

function tellStatus(listener: GrpcJsListener | undefined, status: GrpcJsStatus): void {
  listener?.onReceiveStatus(status);
}

function rethrow(error: unknown): void {
  throw error;
}

/** Whether this side has ended the call, and not its server or the loss of a connection. */
function isLocal({ code, metadata }: ChannelError): boolean {
  return metadata === undefined && (code === Status.deadlineExceeded || code === Status.cancelled);
}

/** Code that grpc-tools generates expects a `Buffer`. */
function asBuffer(message: Uint8Array): Buffer {
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}
