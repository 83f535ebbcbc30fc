// For programs of grpc-js: `Server` and `ServerCredentials` in the place of its own, and nothing of it is imported.

export { type KeyCertPair, ServerCredentials } from "./grpc-js/credentials.ts";
export type {
  GrpcJsAuthContext,
  GrpcJsHandler,
  GrpcJsImplementation,
  GrpcJsInterceptor,
  GrpcJsMetadata,
  GrpcJsMetadataClass,
  GrpcJsMethodDefinition,
  GrpcJsServerCall,
  GrpcJsServerCredentials,
  GrpcJsServerListener,
  GrpcJsServiceDefinition,
  GrpcJsStatus,
} from "./grpc-js/types.ts";
export { type ConnectionInjector, type HandlerType, Server, type ServerOptions } from "./grpc-js-server.ts";
export type { ConnectionInfo } from "./wire.ts";
