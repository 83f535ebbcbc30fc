// For programs that serve gRPC.

export { isProduction, requireIdentity } from "./config/production.ts";
export { readConfig } from "./config/read-config.ts";
export {
  type ProcessConfig,
  processConfigShape,
  type ServerConfig,
  type ShapeOf,
  serverConfigShape,
} from "./config/server-config.ts";
export { readTarget, readTls } from "./config/target.ts";
export { choice, count, durationMs, flag, host, optional, port, text, url, variable } from "./config/variables.ts";
export { ConfigError } from "./config-error.ts";
export type { Environment } from "./environment.ts";
export type { Dependency } from "./health/readiness.ts";
export { createLogger, LOG_LEVELS, type LogConfig, type Logger, type LoggerOptions, type LogLevel } from "./logger.ts";
export { logCertificates } from "./program/certificate-log.ts";
export { CLIENT_FIGURES, type ClientMetricsOptions, reportClientMetrics } from "./program/client-metrics.ts";
export { runProgram } from "./program/run-program.ts";
export { Ticker, type TickerOptions } from "./program/ticker.ts";
export { type Server, serve } from "./serve.ts";
export type { ServeOptions } from "./serve-options.ts";
export type { ServerLogger } from "./server-logger.ts";
export { type ServedService, type ServiceOptions, service } from "./service.ts";
export type { Protocol } from "./web-request.ts";

// For handlers, and for programs that call a server for their caller.

export { createIdentitySigner, type IdentitySigner } from "./identity/signer.ts";
export {
  IDENTITY_HEADER,
  type Identity,
  type IdentitySecrets,
  identityKey,
  identityOf,
  LOCAL_SUBJECT,
} from "./identity.ts";

export { type PeerCertificate, peerCertificateOf } from "./peer-certificate.ts";

// For programs that serve another protocol and stop by the same rules.

export { type BindAddress, bind } from "./bind.ts";
export { dateAt } from "./date.ts";
export { Drain, type Drainable, type DrainOptions } from "./lifecycle/drain.ts";
export { onTermination, type TerminationOptions } from "./lifecycle/termination.ts";
export { type SidePort, type SidePortOptions, startSidePort } from "./program/side-port.ts";
export { Sweeper, type SweeperOptions } from "./program/sweeper.ts";
