/**
 * Runs a handler of grpc-js for one call. In: events of the call. Out: the object of its kind, with a callback for one response. A
 * method has one request or a stream of them: that decides when its handler starts.
 */

import type { EventEmitter } from "node:events";
import { Status } from "@agent-team/grpc-client";
import { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from "./call-objects.ts";
import type { CallEnvironment, HandledMethod } from "./environment.ts";
import { OK, statusOf } from "./status.ts";
import type { GrpcJsMetadata, GrpcJsServerCall, GrpcJsServerListener } from "./types.ts";

type CallObject = ServerUnaryCall | ServerWritableStream | ServerDuplexStream;

/** Starts a call, with its interceptors. One that throws ends its call, and no other. */
export function handle(method: HandledMethod, base: GrpcJsServerCall, environment: CallEnvironment): void {
  try {
    const call = intercepted(method, base, environment);
    const run = new Run(method, call, environment);
    call.start(method.requestStream ? new ManyRequests(run) : new OneRequest(run));
  } catch (error) {
    environment.onFault(method.path, "an interceptor threw", error);
    base.sendStatus(UNKNOWN);
  }
}

function intercepted(
  method: HandledMethod,
  base: GrpcJsServerCall,
  { interceptors }: CallEnvironment,
): GrpcJsServerCall {
  const { path, requestStream, responseStream } = method;
  const definition = {
    ...{ path, requestStream, responseStream },
    requestDeserialize: (bytes: Buffer) => method.deserialize(bytes),
    responseSerialize: (message: unknown) => method.serialize(message),
  };
  return interceptors.reduce(
    (call, intercept) => intercept(definition as never, call as never) as GrpcJsServerCall,
    base,
  );
}

/** What a caller learns of a fault of the program. */
const UNKNOWN = { code: Status.unknown, details: "Unknown error" };

/** One handler and the object that it has got. */
class Run {
  readonly method: HandledMethod;
  readonly call: GrpcJsServerCall;
  readonly #environment: CallEnvironment;
  #object: CallObject | undefined;

  constructor(method: HandledMethod, call: GrpcJsServerCall, environment: CallEnvironment) {
    this.method = method;
    this.call = call;
    this.#environment = environment;
  }

  start(object: CallObject): void {
    this.#object = object;
    const { handler, path } = this.method;
    try {
      handler(object, this.#respond);
    } catch (error) {
      this.#environment.onFault(path, "the handler threw", error);
      this.call.sendStatus(UNKNOWN);
    }
  }

  didCancel(): void {
    const object = this.#object;
    if (object === undefined) return;
    object.cancelled = true;
    (object as EventEmitter).emit("cancelled", "cancelled");
    object.destroy();
  }

  readonly #respond = (error: unknown, message?: unknown, trailers?: GrpcJsMetadata | null): void => {
    const { call } = this;
    if (error !== null && error !== undefined) return call.sendStatus(statusOf(error, trailers));
    call.sendMessage(message, () => call.sendStatus({ ...OK, metadata: trailers ?? null }));
  };
}

class OneRequest implements GrpcJsServerListener {
  readonly #run: Run;
  #metadata: GrpcJsMetadata | undefined;
  #request: { readonly message: unknown } | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  onReceiveMetadata(metadata: GrpcJsMetadata): void {
    this.#metadata = metadata;
    this.#run.call.startRead();
  }

  onReceiveMessage(message: unknown): void {
    this.#request = { message };
    this.#run.call.startRead();
  }

  onReceiveHalfClose(): void {
    const { method, call } = this.#run;
    const CallClass = method.responseStream ? ServerWritableStream : ServerUnaryCall;
    // Of a request that an interceptor has withheld.
    const { message } = this.#request ?? { message: undefined };
    this.#run.start(new CallClass(method.path, call, this.#metadata as GrpcJsMetadata, message));
  }

  onCancel(): void {
    this.#run.didCancel();
  }
}

class ManyRequests implements GrpcJsServerListener {
  readonly #run: Run;
  #stream: ServerDuplexStream | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  onReceiveMetadata(metadata: GrpcJsMetadata): void {
    const stream = new ServerDuplexStream(this.#run.method.path, this.#run.call, metadata);
    this.#stream = stream;
    this.#run.start(stream);
  }

  onReceiveMessage(message: unknown): void {
    this.#stream?.push(message);
  }

  onReceiveHalfClose(): void {
    this.#stream?.push(null);
  }

  onCancel(): void {
    this.#run.didCancel();
  }
}
