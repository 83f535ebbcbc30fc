/** Connect's handlers of all methods, over the routes of the server. In: services and routes. Out: a handler by path. */

import { type DescMessage, type DescMethod, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { createMethodImplSpec, type HandlerContext, type MethodImpl, type MethodImplSpec } from "@connectrpc/connect";
import { createUniversalMethodHandler, type UniversalHandler } from "@connectrpc/connect/protocol";
import { createHandlerFactory as createConnect } from "@connectrpc/connect/protocol-connect";
import { createHandlerFactory as createGrpcWeb } from "@connectrpc/connect/protocol-grpc-web";
import { MIN_GZIP_BYTES } from "../compression.ts";
import type { ServedService } from "../service.ts";
import type { Protocol } from "../web-request.ts";
import type { Route } from "../wire.ts";
import { GZIP } from "./gzip.ts";
import { WebCall } from "./web-call.ts";

const FACTORIES = { connect: createConnect, "grpc-web": createGrpcWeb } as const;

export interface MethodHandlersInit {
  readonly services: readonly ServedService[];
  readonly routes: ReadonlyMap<string, Route>;
  readonly protocols: readonly Exclude<Protocol, "grpc">[];
  /** Of one request message, inflated. */
  readonly maxReceiveMessageBytes: number;
  /** Answers are compressed for clients that read gzip. Requests may be in any case. */
  readonly compressesAnswers: boolean;
}

/** One method over the web. */
export interface MethodHandler {
  readonly handle: UniversalHandler;
  readonly streamsRequests: boolean;
}

/** By `/package.Service/Method`. */
export function createMethodHandlers(init: MethodHandlersInit): ReadonlyMap<string, MethodHandler> {
  const options = {
    readMaxBytes: init.maxReceiveMessageBytes,
    acceptCompression: [GZIP],
    compressMinBytes: init.compressesAnswers ? MIN_GZIP_BYTES : Number.POSITIVE_INFINITY,
  };
  const factories = init.protocols.map((protocol) => FACTORIES[protocol](options));
  const handlers = new Map<string, MethodHandler>();
  for (const { method } of init.services.flatMap(({ methods }) => methods)) {
    const path = `/${method.parent.typeName}/${method.name}`;
    const route = init.routes.get(path) as Route;
    const handle = createUniversalMethodHandler(specOf(method, route), factories);
    handlers.set(path, { handle, streamsRequests: route.streamsRequests });
  }
  return handlers;
}

/** The method as Connect's handlers call it. */
function specOf(method: DescMethod, route: Route): MethodImplSpec {
  return createMethodImplSpec(method, implOf(method, route));
}

type Message = MessageShape<DescMessage>;

function implOf(method: DescMethod, route: Route): MethodImpl<DescMethod> {
  const one = (request: Message, context: HandlerContext): AsyncGenerator<Message> =>
    callOf(method, route, context, request);
  const many = (requests: AsyncIterable<Message>, context: HandlerContext): AsyncGenerator<Message> =>
    callOf(method, route, context, requests);
  const impls = {
    unary: (request: Message, context: HandlerContext) => onlyOf(one(request, context)),
    server_streaming: one,
    client_streaming: (requests: AsyncIterable<Message>, context: HandlerContext) => onlyOf(many(requests, context)),
    bidi_streaming: many,
  };
  return impls[method.methodKind] as MethodImpl<DescMethod>;
}

async function* callOf(
  { input, output }: DescMethod,
  route: Route,
  context: HandlerContext,
  request: Message | AsyncIterable<Message>,
): AsyncGenerator<Message> {
  const isStream = route.streamsRequests;
  const call = new WebCall(context, isStream ? encoded(input, request as AsyncIterable<Message>) : noRequests());
  call.start(route, isStream ? undefined : toBinary(input, request as Message));
  for await (const message of call.responses()) yield fromBinary(output, message);
}

/** Of a method with one request, which `didReceiveRequest` hands on. */
async function* noRequests(): AsyncGenerator<Uint8Array> {}

async function* encoded(input: DescMessage, requests: AsyncIterable<Message>): AsyncGenerator<Uint8Array> {
  for await (const request of requests) yield toBinary(input, request);
}

/** A call with one answer: what comes behind it is the status. */
async function onlyOf(messages: AsyncIterable<Message>): Promise<Message> {
  let only: Message | undefined;
  for await (const message of messages) only = message;
  return only as Message;
}
