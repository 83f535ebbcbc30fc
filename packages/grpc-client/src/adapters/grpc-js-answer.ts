/**
 * What the listener of one call gets. In: the events of the channel's call, and the reads of the stub. Out: headers, one message for each
 * `read`, and one status, the last event. The listener is called in the async context of the caller, and what it throws is thrown again
 * outside of the channel.
 *
 * A status comes later than what has ended the call: its stub may be in the middle of making it, and the connection in the middle of a read.
 * That of a stream comes by `process.nextTick`, as with grpc-js's channel: before it the `Readable` of a stub hands on what the listener has
 * pushed. That of a unary call has nothing to wait for but the end of what runs now, and comes in a microtask: what its caller then does, such as
 * another call, has one frame less on its stack, and grpc-js keeps the stack of each call.
 */

import { AsyncResource } from "node:async_hooks";
import type { ClientCall } from "../client-call.ts";
import type { ChannelError } from "../errors.ts";
import type { Metadata } from "../metadata.ts";
import { Status } from "../status.ts";
import { toGrpcJs } from "./grpc-js-metadata.ts";
import type { GrpcJsListener, GrpcJsMetadata, GrpcJsMetadataClass, GrpcJsStatus } from "./grpc-js-types.ts";

/** Messages are decoded when they are read, so the queue holds bytes: enough for one turn of the loop, little for a slow reader. */
const PAUSE_AT_BYTES = 64 * 1_024;

/** Its reactions are microtasks. `queueMicrotask` costs more. */
export const SETTLED: Promise<void> = Promise.resolve();

/** How a call ended. */
export interface End {
  readonly code: number;
  readonly details: string;
  readonly trailers: Metadata;
  readonly error: ChannelError | undefined;
}

export class Answer extends AsyncResource {
  /** How the call has ended. The stub is told it when it has read what came before. */
  end: End | undefined;
  #listener: GrpcJsListener | undefined;
  #MetadataClass: GrpcJsMetadataClass | undefined;
  #call: ClientCall | undefined;
  #isUnary = false;
  /** Messages of the server that have not been read. */
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #isPaused = false;
  /** The stub waits for a message. */
  #isReading = false;
  #reads = 0;
  #isDelivering = false;
  #isFinished = false;

  constructor() {
    super("GrpcJsCall");
  }

  /**
   * From now on the events go to `listener`, with metadata of that class.
   * @throws Error when there is a listener already.
   */
  listen(listener: GrpcJsListener, MetadataClass: GrpcJsMetadataClass): void {
    if (this.#listener !== undefined) throw new Error("the call has been started already");
    this.#listener = listener;
    this.#MetadataClass = MetadataClass;
    if (this.end !== undefined) this.scheduleStatus();
  }

  /** The channel's call, which is held back while the stub does not read. `isUnary`: the stub reads one message, and keeps it until the status. */
  follow(call: ClientCall, isUnary: boolean): void {
    this.#call = call;
    this.#isUnary = isUnary;
  }

  /** The call has ended with OK, and the stub has not been told: it may find that it cannot decode a message. */
  get canStillFail(): boolean {
    return !this.#isFinished && this.end?.code === Status.ok;
  }

  read(): void {
    this.#isReading = true;
    this.#reads++;
    if (this.#unread.length > 0) this.#deliverUnread();
  }

  didReceiveHeaders(metadata: Metadata): void {
    this.#tell(tellMetadata, this.#convert(metadata));
  }

  didReceive(message: Uint8Array): void {
    if (this.#isReading && this.#unread.length === 0 && !this.#isDelivering) return this.#deliver(message);
    this.#unread.push(message);
    this.#unreadBytes += message.length;
    if (this.#isPaused || this.#unreadBytes < PAUSE_AT_BYTES) return;
    this.#isPaused = true;
    this.#call?.pause();
  }

  dropUnread(): void {
    this.#unread.length = 0;
  }

  /** The status comes after the messages before it. */
  scheduleStatus(): void {
    if (this.#listener === undefined) return;
    if (this.#isUnary) void SETTLED.then(() => this.deliverStatus());
    else process.nextTick(deliverStatus, this);
  }

  deliverStatus(): void {
    if (this.#isFinished || this.end === undefined) return;
    // A stub of a unary response reads once. A further message that its server has sent must not hold back the error.
    if (this.#unread.length > 0 && (this.end.code === Status.ok || this.#reads > 1)) return;
    this.#isFinished = true;
    const { code, details, trailers, error } = this.end;
    const status = { code, details, metadata: this.#convert(trailers) };
    this.#tell(tellStatus, error === undefined ? status : { ...status, cause: error });
  }

  #deliverUnread(): void {
    if (this.#isDelivering) return;
    for (let message = this.#next(); message !== undefined; message = this.#next()) this.#deliver(message);
    if (this.#isPaused && this.#unreadBytes < PAUSE_AT_BYTES / 2) {
      this.#isPaused = false;
      this.#call?.resume();
    }
    if (this.end !== undefined && this.#unread.length === 0) this.scheduleStatus();
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
}

function deliverStatus(answer: Answer): void {
  answer.deliverStatus();
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

/** Code that grpc-tools generates expects a `Buffer`. */
function asBuffer(message: Uint8Array): Buffer {
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}
