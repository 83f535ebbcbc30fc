/** `TestService` on a server of grpc-js, by its own handlers. */

import { create, type DescMethod, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import {
  type EchoStatus,
  type SimpleRequest,
  type StreamingInputCallRequest,
  type StreamingOutputCallRequest,
  TestService,
} from "../gen/grpc/testing/test_pb.ts";
import { INITIAL, TRAILING, zeros } from "./service.ts";

/** grpc-js: `WriteFlags.NoCompress`. */
const NO_COMPRESS = 2;

export interface GrpcJsServer extends AsyncDisposable {
  readonly port: number;
}

/** Listens at 127.0.0.1, and at a Unix socket if `socket` is one. */
export async function startGrpcJs(
  credentials: grpc.ServerCredentials,
  options: grpc.ServerOptions = {},
  socket?: string,
): Promise<GrpcJsServer> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 16 << 20, ...options });
  const { unimplementedCall: _, ...methods } = TestService.method;
  server.addService(
    Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, definitionOf(method)])),
    HANDLERS,
  );
  const port = await bind(server, "127.0.0.1:0", credentials);
  if (socket !== undefined) await bind(server, `unix:${socket}`, credentials);
  return { port, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

function bind(server: grpc.Server, address: string, credentials: grpc.ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}

function definitionOf(method: DescMethod): grpc.MethodDefinition<unknown, unknown> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: (message) => Buffer.from(toBinary(method.input, message as never)),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: (message) =>
      Buffer.from(toBinary(method.output, create(method.output, message as Record<string, unknown>))),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

const payload = (size: number): object => ({ payload: zeros(size) });

const HANDLERS: grpc.UntypedServiceImplementation = {
  emptyCall: (_: unknown, callback: grpc.sendUnaryData<object>) => callback(null, {}),

  unaryCall(call: grpc.ServerUnaryCall<SimpleRequest, object>, callback: grpc.sendUnaryData<object>) {
    const { responseStatus, responseSize, responseCompressed } = call.request;
    const trailer = echo(call);
    const error = errorOf(responseStatus);
    if (error !== undefined) return callback(error);
    callback(null, payload(responseSize), trailer, responseCompressed?.value === false ? NO_COMPRESS : 0);
  },

  streamingInputCall(
    call: grpc.ServerReadableStream<StreamingInputCallRequest, object>,
    callback: grpc.sendUnaryData<object>,
  ) {
    let aggregatedPayloadSize = 0;
    call.on("data", ({ payload: part }: StreamingInputCallRequest) => {
      aggregatedPayloadSize += part?.body.length ?? 0;
    });
    call.on("error", () => {}); // a client that has left
    call.on("end", () => callback(null, { aggregatedPayloadSize }));
  },

  async streamingOutputCall(call: grpc.ServerWritableStream<StreamingOutputCallRequest, object>) {
    await respond(call, call.request);
    call.end();
  },

  fullDuplexCall(call: grpc.ServerDuplexStream<StreamingOutputCallRequest, object>) {
    const trailer = echo(call);
    call.on("error", () => {}); // a client that has left
    call.on("end", () => call.end(trailer));
    call.on("data", ({ responseStatus, responseParameters }: StreamingOutputCallRequest) => {
      const error = errorOf(responseStatus);
      if (error !== undefined) call.emit("error", error);
      else for (const { size } of responseParameters) call.write(payload(size));
    });
  },
};

interface Writer {
  readonly cancelled: boolean;
  write(message: object): boolean;
  once(event: "drain", listener: () => void): unknown;
}

async function respond(call: Writer, { responseParameters }: StreamingOutputCallRequest): Promise<void> {
  for (const { size } of responseParameters) {
    if (call.cancelled) return;
    if (!call.write(payload(size))) await new Promise<void>((resolve) => call.once("drain", () => resolve()));
  }
}

/** Echoes the headers at once, and returns the trailers. */
function echo(call: { readonly metadata: grpc.Metadata; sendMetadata(metadata: grpc.Metadata): void }): grpc.Metadata {
  const [headers, trailers] = [new grpc.Metadata(), new grpc.Metadata()];
  for (const value of call.metadata.get(INITIAL)) headers.add(INITIAL, value);
  for (const value of call.metadata.get(TRAILING)) trailers.add(TRAILING, value);
  if (call.metadata.get(INITIAL).length > 0) call.sendMetadata(headers);
  return trailers;
}

function errorOf(status: EchoStatus | undefined): { code: number; details: string } | undefined {
  return status === undefined || status.code === 0 ? undefined : { code: status.code, details: status.message };
}
