/** The Echo service as proto-loader describes it, and the two servers of grpc-js's interface that a test runs on. */

import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";
import * as ours from "../src/grpc-js.ts";

const PROTO = fileURLToPath(new URL("fixture/echo.proto", import.meta.url));

interface EchoPackage {
  readonly test: { readonly Echo: { readonly service: grpc.ServiceDefinition } };
}

export const ECHO_SERVICE: grpc.ServiceDefinition = (
  grpc.loadPackageDefinition(protoLoader.loadSync(PROTO, { defaults: true })) as unknown as EchoPackage
).test.Echo.service;

export interface Text {
  readonly value: string;
}

/** The handlers of a service in the types of grpc-js, each as a program writes it. */
export interface EchoHandlers {
  readonly unary?: grpc.handleUnaryCall<Text, Text>;
  readonly serverStream?: grpc.handleServerStreamingCall<Text, Text>;
  readonly clientStream?: grpc.handleClientStreamingCall<Text, Text>;
  readonly bidi?: grpc.handleBidiStreamingCall<Text, Text>;
}

/** What a program uses of a server. */
export interface AnyServer {
  addService(service: grpc.ServiceDefinition, handlers: grpc.UntypedServiceImplementation): void;
  removeService(service: grpc.ServiceDefinition): void;
  bindAsync(port: string, credentials: never, callback: (error: Error | null, port: number) => void): void;
  drain(port: string, graceTimeMs: number): void;
  unbind(port: string): void;
  start(): void;
  tryShutdown(callback: (error?: Error) => void): void;
  forceShutdown(): void;
}

/** The names of one import line. */
export interface ServerModule {
  readonly Server: new (options?: grpc.ServerOptions) => AnyServer;
  readonly ServerCredentials: {
    createInsecure(): unknown;
    createSsl(roots: Buffer | null, pairs: grpc.KeyCertPair[], checkClientCertificate?: boolean): unknown;
  };
}

export const GRPC_JS: ServerModule = grpc;
export const OURS: ServerModule = ours;

export interface StartedServer extends AsyncDisposable {
  readonly server: AnyServer;
  readonly port: number;
}

/** A server on a free port of loopback. */
export async function startServer(
  { Server, ServerCredentials }: ServerModule,
  handlers: EchoHandlers,
  options: grpc.ServerOptions = {},
  credentials: unknown = ServerCredentials.createInsecure(),
): Promise<StartedServer> {
  const server = new Server(options);
  server.addService(ECHO_SERVICE, handlers as grpc.UntypedServiceImplementation);
  const port = await bind(server, "127.0.0.1:0", credentials);
  return {
    server,
    port,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

export function bind(server: AnyServer, address: string, credentials: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials as never, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}

export function shutdown(server: AnyServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.tryShutdown((error) => (error === undefined ? resolve() : reject(error)));
  });
}
