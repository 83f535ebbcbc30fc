import type {
  Metadata,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  StatusObject,
  sendUnaryData,
} from "@grpc/grpc-js";

/** One call as grpc-js passes it to a handler. Messages are bytes, because decoding is ours. */
export type WireCall =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerReadableStream<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>;

/** Sends responses to the client, one or many. Exactly one of `finish` and `fail` ends it. */
export interface Responses {
  /** Queues a message. False: the queue is full; wait for `writable` before the next one. */
  write(message: Buffer): boolean;
  /** Resolves when the queue has room, or when `signal` aborts. */
  writable(signal: AbortSignal): Promise<void>;
  finish(trailers: Metadata): void;
  fail(status: StatusObject): void;
}

/** The one response of a unary or client-streaming call: grpc-js takes message and trailers together. */
export class SingleResponse implements Responses {
  readonly #callback: sendUnaryData<Buffer>;
  #message: Buffer | undefined;

  constructor(callback: sendUnaryData<Buffer>) {
    this.#callback = callback;
    this.#message = undefined;
  }

  write(message: Buffer): boolean {
    this.#message = message;
    return true;
  }

  writable(): Promise<void> {
    return Promise.resolve();
  }

  finish(trailers: Metadata): void {
    this.#callback(null, this.#message, trailers);
  }

  fail(status: StatusObject): void {
    this.#callback(status);
  }
}

/** The responses of a server-streaming or bidirectional call. */
export class StreamedResponses implements Responses {
  readonly #stream: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

  constructor(stream: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>) {
    this.#stream = stream;
  }

  write(message: Buffer): boolean {
    return this.#stream.write(message);
  }

  writable(signal: AbortSignal): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      // grpc-js never emits `drain` for a cancelled call, so the signal has to end the wait, too.
      const wake = (): void => {
        stream.off("drain", wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      stream.on("drain", wake);
      signal.addEventListener("abort", wake);
      if (signal.aborted || !stream.writableNeedDrain) wake();
    });
  }

  finish(trailers: Metadata): void {
    this.#stream.end(trailers);
  }

  fail(status: StatusObject): void {
    this.#stream.emit("error", status);
  }
}
