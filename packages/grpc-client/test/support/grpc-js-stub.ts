/** A service of all four kinds of methods, as generated code describes it, and stubs of it from any version of grpc-js. */

import type * as grpc from "@grpc/grpc-js";
import { createGrpcJsChannel, type GrpcJsChannel, type GrpcJsChannelOptions } from "../../src/adapters/grpc-js.ts";
import type { ChannelOptions } from "../../src/index.ts";
import type { StubHandler, StubServer } from "../../src/testing/index.ts";
import type { Bench } from "./bench.ts";

/** What the tests use of a version of grpc-js. */
export type GrpcJs = Pick<
  typeof grpc,
  "Client" | "Metadata" | "InterceptingCall" | "credentials" | "makeGenericClientConstructor" | "status"
>;

const text = {
  requestSerialize: (value: string): Buffer => Buffer.from(value),
  requestDeserialize: (bytes: Buffer): string => bytes.toString(),
  responseSerialize: (value: string): Buffer => Buffer.from(value),
  responseDeserialize: (bytes: Buffer): string => bytes.toString(),
};

export const ECHO = {
  say: { path: "/test.Echo/Say", requestStream: false, responseStream: false, ...text },
  list: { path: "/test.Echo/List", requestStream: false, responseStream: true, ...text },
  join: { path: "/test.Echo/Join", requestStream: true, responseStream: false, ...text },
  chat: { path: "/test.Echo/Chat", requestStream: true, responseStream: true, ...text },
} as const;

type Callback = (error: grpc.ServiceError | null, answer?: string) => void;

/** The members that a generator writes for `ECHO`. */
export interface EchoStub extends grpc.Client {
  say(request: string, callback: Callback): grpc.ClientUnaryCall;
  say(request: string, metadata: grpc.Metadata, options: grpc.CallOptions, callback: Callback): grpc.ClientUnaryCall;
  list(request: string, metadata?: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<string>;
  join(callback: Callback): grpc.ClientWritableStream<string>;
  join(metadata: grpc.Metadata, options: grpc.CallOptions, callback: Callback): grpc.ClientWritableStream<string>;
  chat(metadata?: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<string, string>;
}

export const handlers: Readonly<Record<string, StubHandler>> = {
  [ECHO.say.path]: async (call) => {
    const [message = new Uint8Array()] = await call.request;
    call.sendHeaders({ "x-header": String(call.headers["x-ask"] ?? "") });
    call.send(message);
    call.end(0, "", { "x-trailer": "7", "x-trailer-bin": "AQID" });
  },
  [ECHO.list.path]: async (call) => {
    const [message = new Uint8Array()] = await call.request;
    for (const word of Buffer.from(message).toString().split(" ")) call.send(Buffer.from(word));
    call.end();
  },
  [ECHO.join.path]: async (call) => {
    call.send(Buffer.from((await call.request).map((message) => Buffer.from(message).toString()).join(" ")));
    call.end();
  },
  [ECHO.chat.path]: async (call) => {
    call.sendHeaders();
    call.onRequest((message) => call.send(message));
    await call.request;
    call.end();
  },
};

export interface StubOptions {
  readonly lib: GrpcJs;
  readonly handlers?: Readonly<Record<string, StubHandler>>;
  readonly adapter?: GrpcJsChannelOptions;
  readonly channel?: ChannelOptions;
  readonly client?: grpc.ClientOptions;
}

/** A stub over a channel to one server. */
export async function stubOf(
  bench: Bench,
  { lib, handlers: own = {}, adapter = {}, channel: channelOptions = {}, client = {} }: StubOptions,
): Promise<{ stub: EchoStub; server: StubServer }> {
  const server = await bench.serve({ handlers: { ...handlers, ...own } });
  const channel = await bench.connect([server], channelOptions);
  const channelOverride = createGrpcJsChannel<GrpcJsChannel>(channel, { clock: bench.clock, ...adapter });
  return { stub: createStub(lib, { ...client, channelOverride }), server };
}

export function createStub(lib: GrpcJs, options: grpc.ClientOptions): EchoStub {
  const EchoClient = lib.makeGenericClientConstructor(ECHO, "Echo");
  return new EchoClient("not used", lib.credentials.createInsecure(), options) as unknown as EchoStub;
}

/** The end of a call with one answer. */
export interface Answered {
  readonly error: grpc.ServiceError | null;
  readonly answer: string | undefined;
}

/** Makes a call that ends in a callback. */
export function answered(make: (callback: Callback) => unknown): Promise<Answered> {
  return new Promise((resolve) => {
    make((error, answer) => resolve({ error, answer }));
  });
}

/** All messages of a stream, and its status. */
export async function collected(
  stream: grpc.ClientReadableStream<string> | grpc.ClientDuplexStream<string, string>,
): Promise<{ words: string[]; status: grpc.StatusObject }> {
  const words: string[] = [];
  const status = new Promise<grpc.StatusObject>((resolve) => stream.on("status", resolve));
  stream.on("error", () => {}); // its status has the same
  stream.on("data", (word: string) => words.push(word));
  return { status: await status, words };
}
