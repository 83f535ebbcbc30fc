/**
 * What stubs of grpc-js give to a channel and take from it, as far as the adapter uses it. The types are structural: they fit every
 * version of grpc-js without a cast, and nothing of grpc-js is imported, neither at run time nor by the `.d.ts`.
 *
 * Members are written as methods, whose parameters TypeScript compares in both directions.
 */

/** A value of an entry: bytes for names that end in `-bin`, text for all others. */
export type GrpcJsMetadataValue = string | Buffer;

/** Metadata of the caller's grpc-js. */
export interface GrpcJsMetadata {
  add(name: string, value: GrpcJsMetadataValue): void;
  /** Names with their values, those of `-bin` names as base64. */
  toHttp2Headers(): Readonly<Record<string, unknown>>;
  getOptions(): { readonly waitForReady?: boolean | undefined };
}

/** The class of the caller's metadata. What its calls receive is made by it, so that `instanceof` holds. */
export type GrpcJsMetadataClass = new () => GrpcJsMetadata;

/** How a call ended. `cause` is the `ChannelError`, which a stub copies to its `ServiceError`. */
export interface GrpcJsStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: GrpcJsMetadata;
  readonly cause?: unknown;
}

/** Receives the events of a call. */
export interface GrpcJsListener {
  onReceiveMetadata(metadata: GrpcJsMetadata): void;
  onReceiveMessage(message: Buffer): void;
  onReceiveStatus(status: GrpcJsStatus): void;
}

/** What accompanies one message. */
export interface GrpcJsMessageContext {
  /** Called when the next message may follow. */
  readonly callback?: ((error?: Error | null) => void) | undefined;
  readonly flags?: number | undefined;
}

/** Makes metadata for a call, such as a token. */
export interface GrpcJsCallCredentials {
  generateMetadata(options: { readonly method_name: string; readonly service_url: string }): Promise<GrpcJsMetadata>;
}

/** A call that a grpc-js server answers, of which another call is a part (`parent` of its options). */
export interface GrpcJsParentCall {
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  on(event: string, listener: (reason: string) => void): unknown;
  removeListener(event: string, listener: (reason: string) => void): unknown;
}

/** An instant on the wall clock, in ms since 1970 or as a `Date`. Infinity: no deadline. */
export type GrpcJsDeadline = Date | number;

/** A call as stubs make it. */
export interface GrpcJsCall {
  cancelWithStatus(code: number, details: string): void;
  getPeer(): string;
  start(metadata: GrpcJsMetadata, listener: GrpcJsListener): void;
  sendMessageWithContext(context: GrpcJsMessageContext, message: Uint8Array): void;
  startRead(): void;
  halfClose(): void;
  getCallNumber(): number;
  setCredentials(credentials: GrpcJsCallCredentials): void;
  getAuthContext(): null;
}

/** A channel as stubs use it: fits the interface `Channel` of every grpc-js from 1.8 to 1.14. */
export interface GrpcJsChannel {
  close(): void;
  getTarget(): string;
  getConnectivityState(tryToConnect: boolean): number;
  watchConnectivityState(currentState: number, deadline: GrpcJsDeadline, callback: (error?: Error) => void): void;
  /** An entry of channelz, which this channel has not: the number is 0. Typed so that it fits the enum of every grpc-js. */
  getChannelzRef(): never;
  createCall(
    method: string,
    deadline: GrpcJsDeadline,
    host: string | null | undefined,
    parentCall: GrpcJsParentCall | null,
    propagateFlags: number | null | undefined,
  ): GrpcJsCall;
}

/**
 * A type that stands for a channel in some API. That of nice-grpc is the class of grpc-js, with a private member, which no other
 * value can have to TypeScript although any channel works.
 */
export interface AnyGrpcJsChannel {
  close(): void;
  getTarget(): string;
  getConnectivityState(tryToConnect: boolean): number;
}

/** One method as generated code and proto-loader describe it. */
export interface GrpcJsMethodDefinition {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** As proto-loader (`idempotency_level`) and ts-proto (`idempotencyLevel`) copy it from the proto file. */
  readonly options?: object | undefined;
}

/** The methods of a service, by any names: the static `service` of a client class, or a definition of nice-grpc. */
export type GrpcJsServiceDefinition = Readonly<Record<string, GrpcJsMethodDefinition>>;

/** Credentials of a channel of the caller's grpc-js. They do not show their certificates. */
export interface GrpcJsChannelCredentials {
  _isSecure(): boolean;
}
