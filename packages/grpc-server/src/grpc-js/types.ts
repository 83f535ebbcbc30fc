/**
 * What programs of grpc-js give to a server and take from it, as far as the adapter uses it. The types are structural: they fit every
 * version of grpc-js without a cast, and nothing of grpc-js is imported, neither at run time nor by the `.d.ts`.
 *
 * Members are written as methods, whose parameters TypeScript compares in both directions.
 */

import type { ConnectionInfo } from "../wire.ts";

/** Metadata of the program's grpc-js. */
export interface GrpcJsMetadata {
  add(name: string, value: string | Buffer): void;
  /** Names with their values, those of `-bin` names as base64. */
  toHttp2Headers(): Readonly<Record<string, unknown>>;
}

/** The class of the program's metadata. What its handlers receive is made by it, so that `instanceof` holds. */
export type GrpcJsMetadataClass = new () => GrpcJsMetadata;

/** One method, as generated code and proto-loader describe it. */
export interface GrpcJsMethodDefinition {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: unknown): Uint8Array;
  /** The method's other name, under which an implementation may have its handler, too. */
  readonly originalName?: string | undefined;
}

/** The methods of a service, by the names of their handlers. */
export type GrpcJsServiceDefinition = Readonly<Record<string, GrpcJsMethodDefinition>>;

/** A handler of any of the four kinds: `(call, callback)` for one response, `(call)` for a stream of them. */
export type GrpcJsHandler = (call: never, callback: never) => void;

/** The handlers of a service. A method without one answers UNIMPLEMENTED. */
export type GrpcJsImplementation<Service> = { readonly [Name in keyof Service]?: GrpcJsHandler };

/** How a call ends. */
export interface GrpcJsStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata?: GrpcJsMetadata | null | undefined;
}

/** Receives the events of a call. */
export interface GrpcJsServerListener {
  onReceiveMetadata(metadata: GrpcJsMetadata): void;
  onReceiveMessage(message: unknown): void;
  onReceiveHalfClose(): void;
  onCancel(): void;
}

/** The certificate of the client, as `node:tls` describes it. */
export interface GrpcJsAuthContext {
  readonly transportSecurityType?: string | undefined;
  readonly sslPeerCertificate?: object | undefined;
}

/** A call below its handler and its interceptors: grpc-js's `ServerInterceptingCallInterface`. */
export interface GrpcJsServerCall {
  start(listener: GrpcJsServerListener): void;
  sendMetadata(metadata: GrpcJsMetadata): void;
  /** `callback` is called when the next message may follow. */
  sendMessage(message: unknown, callback: () => void): void;
  sendStatus(status: GrpcJsStatus): void;
  /** Asks for one event: `onReceiveMessage` or `onReceiveHalfClose`. */
  startRead(): void;
  getPeer(): string;
  getDeadline(): Date | number;
  getHost(): string;
  getAuthContext(): GrpcJsAuthContext;
  getConnectionInfo(): ConnectionInfo;
  /** Typed so that it fits the class of every grpc-js. */
  getMetricsRecorder(): never;
}

/** Stands between the calls of a server and their handlers. */
export type GrpcJsInterceptor = (method: never, call: never) => unknown;

/** Credentials of a server, of this package or of the program's grpc-js. */
export interface GrpcJsServerCredentials {
  _isSecure(): boolean;
}
