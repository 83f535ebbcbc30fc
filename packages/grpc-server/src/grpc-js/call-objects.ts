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

/** How a stream of responses ends: by its end, or by an error. */
class ResponsesEnd {
  status: GrpcJsStatus = OK;
  trailers: GrpcJsMetadata | undefined = undefined;

  constructor(stream: Writable) {
    stream.on("error", (error) => {
      this.status = statusOf(error);
      stream.end();
    });
  }

  sendTo(call: GrpcJsServerCall): void {
    call.sendStatus({ ...this.status, metadata: this.status.metadata ?? this.trailers ?? null });
  }
}

interface RespondingStream extends Writable {
  readonly call: GrpcJsServerCall;
  readonly responsesEnd: ResponsesEnd;
}

interface RespondingMethods {
  _write(message: unknown, encoding: string, callback: () => void): void;
  _final(callback: () => void): void;
  _destroy(error: Error | null, callback: (error?: Error | null) => void): void;
  end(trailers?: unknown): Writable;
}

/** What a `Writable` and a `Duplex` of responses do alike. No class is above the two and below these. */
const RESPONSES: ThisType<RespondingStream> & RespondingMethods = {
  _write(message, _encoding, callback) {
    this.call.sendMessage(message, callback);
  },
  _final(callback) {
    callback();
    this.responsesEnd.sendTo(this.call);
  },
  _destroy(error, callback) {
    if (error !== null) this.call.sendStatus(statusOf(error));
    callback(error);
  },
  /** `trailers`: metadata behind the messages. */
  end(trailers) {
    if (trailers !== undefined && trailers !== null) this.responsesEnd.trailers = trailers as GrpcJsMetadata;
    return Writable.prototype.end.call(this, undefined, "utf8"); // no last message
  },
};

/** Of a method with one request and a stream of responses. */
export class ServerWritableStream extends Writable {
  cancelled = false;
  readonly path: string;
  readonly call: GrpcJsServerCall;
  readonly metadata: GrpcJsMetadata;
  readonly request: unknown;
  readonly responsesEnd: ResponsesEnd = new ResponsesEnd(this);

  constructor(path: string, call: GrpcJsServerCall, metadata: GrpcJsMetadata, request: unknown) {
    super({ objectMode: true });
    this.path = path;
    this.call = call;
    this.metadata = metadata;
    this.request = request;
  }
}

/** Of a method with a stream of requests. */
export class ServerDuplexStream extends Duplex {
  cancelled = false;
  readonly path: string;
  readonly call: GrpcJsServerCall;
  readonly metadata: GrpcJsMetadata;
  readonly responsesEnd: ResponsesEnd = new ResponsesEnd(this);

  constructor(path: string, call: GrpcJsServerCall, metadata: GrpcJsMetadata) {
    super({ objectMode: true });
    this.path = path;
    this.call = call;
    this.metadata = metadata;
  }

  override _read(): void {
    this.call.startRead();
  }
}

for (const { prototype } of [ServerUnaryCall, ServerWritableStream, ServerDuplexStream])
  Object.assign(prototype, FACTS);
for (const { prototype } of [ServerWritableStream, ServerDuplexStream]) Object.assign(prototype, RESPONSES);
