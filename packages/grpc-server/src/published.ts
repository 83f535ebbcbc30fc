// The index of the package that is published: what needs neither zod nor pino. `index.ts` has all of it, too.

// For programs that serve gRPC.

export type { ServerConfig } from "./config/server-config.ts";
export { ConfigError } from "./config-error.ts";
export type { Dependency } from "./health/readiness.ts";
export { runProgram } from "./program/run-program.ts";
export { type Server, serve } from "./serve.ts";
export type { ServeOptions } from "./serve-options.ts";
export type { ServerLogger } from "./server-logger.ts";
export { type ServedService, type ServiceOptions, service } from "./service.ts";
export type { Protocol } from "./web-request.ts";

// For handlers, and for programs that call a server for their caller.

export { createIdentitySigner, type IdentitySigner } from "./identity/signer.ts";
export { type Identity, type IdentitySecrets, identityOf } from "./identity.ts";
export { type PeerCertificate, peerCertificateOf } from "./peer-certificate.ts";
