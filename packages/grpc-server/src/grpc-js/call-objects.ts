/**
 * The objects that handlers of grpc-js get: an emitter with the request, a stream that is written, or one that is read and written.
 * They emit `cancelled` when their call ends.
 */

import { EventEmitter } from "node:events";
import { Duplex, Writable } from "node:stream";
import { OK, statusOf } from "./status.ts";
import type { GrpcJsAuthContext, GrpcJsMetadata, GrpcJsServerCall, GrpcJsStatus } from "./types.ts";

/** What each of the objects knows of its call. */
interface CallFacts {
  readonly call: GrpcJsServerCall;
  readonly path: string;
  getPeer(): string;
  sendMetadata(metadata: GrpcJsMetadata): void;
  getDeadline(): Date | number;
  getPath(): string;
  getHost(): string;
  getAuthContext(): GrpcJsAuthContext;
  getMetricsRecorder(): never;
}

const FACTS: ThisType<CallFacts> & Omit<CallFacts, "call" | "path"> = {
  getPeer() {
    return this.call.getPeer();
  },
  sendMetadata(metadata) {
    this.call.sendMetadata(metadata);
  },
  getDeadline() {
    return this.call.getDeadline();
  },
  getPath() {
    return this.path;
  },
  getHost() {
    return this.call.getHost();
  },
  getAuthContext() {
    return this.call.getAuthContext();
  },
  getMetricsRecorder() {
    return this.call.getMetricsRecorder();
  },
};

/** Of a method with one request and one response. */
export class ServerUnaryCall extends EventEmitter {
  cancelled = false;
  readonly path: string;
  readonly call: GrpcJsServerCall;
  readonly metadata: GrpcJsMetadata;
  readonly request: unknown;

  constructor(path: string, call: GrpcJsServerCall, metadata: GrpcJsMetadata, request: unknown) {
    super();
    this.path = path;
    this.call = call;
    this.metadata = metadata;
    this.request = request;
  }

  destroy(): void {}
}

/** How a stream of responses ends. */
class StreamEnd {
  status: GrpcJsStatus = OK;
  trailers: GrpcJsMetadata | undefined = undefined;

  sendTo(call: GrpcJsServerCall): void {
    call.sendStatus({ ...this.status, metadata: this.status.metadata ?? this.trailers ?? null });
  }
}

/** Of a method with one request and a stream of responses. */
export class ServerWritableStream extends Writable {
  cancelled = false;
  readonly path: string;
  readonly call: GrpcJsServerCall;
  readonly metadata: GrpcJsMetadata;
  readonly request: unknown;
  readonly #end = new StreamEnd();

  constructor(path: string, call: GrpcJsServerCall, metadata: GrpcJsMetadata, request: unknown) {
    super({ objectMode: true });
    this.path = path;
    this.call = call;
    this.metadata = metadata;
    this.request = request;
    this.on("error", (error) => {
      this.#end.status = statusOf(error);
      this.end();
    });
  }

  override _write(message: unknown, _encoding: string, callback: () => void): void {
    this.call.sendMessage(message, callback);
  }

  override _final(callback: () => void): void {
    callback();
    this.#end.sendTo(this.call);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error !== null) this.call.sendStatus(statusOf(error));
    callback(error);
  }

  /** @param trailers metadata behind the messages */
  override end(trailers?: unknown): this {
    if (trailers !== undefined && trailers !== null) this.#end.trailers = trailers as GrpcJsMetadata;
    return super.end();
  }
}

/** Of a method with a stream of requests. */
export class ServerDuplexStream extends Duplex {
  cancelled = false;
  readonly path: string;
  readonly call: GrpcJsServerCall;
  readonly metadata: GrpcJsMetadata;
  readonly #end = new StreamEnd();

  constructor(path: string, call: GrpcJsServerCall, metadata: GrpcJsMetadata) {
    super({ objectMode: true });
    this.path = path;
    this.call = call;
    this.metadata = metadata;
    this.on("error", (error) => {
      this.#end.status = statusOf(error);
      this.end();
    });
  }

  override _read(): void {
    this.call.startRead();
  }

  override _write(message: unknown, _encoding: string, callback: () => void): void {
    this.call.sendMessage(message, callback);
  }

  override _final(callback: () => void): void {
    callback();
    this.#end.sendTo(this.call);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error !== null) this.call.sendStatus(statusOf(error));
    callback(error);
  }

  /** @param trailers metadata behind the messages */
  override end(trailers?: unknown): this {
    if (trailers !== undefined && trailers !== null) this.#end.trailers = trailers as GrpcJsMetadata;
    return super.end();
  }
}

for (const { prototype } of [ServerUnaryCall, ServerWritableStream, ServerDuplexStream])
  Object.assign(prototype, FACTS);
