// For programs that serve gRPC.
export { type ClientMetricsOptions, clientFigures, reportClientMetrics } from "./client-metrics.ts";
export { ConfigError, isConfigError } from "./config/config-error.ts";
export { type Environment, readConfig } from "./config/read-config.ts";
export {
  isProduction,
  type LogLevel,
  logLevels,
  type ProcessConfig,
  processConfigShape,
  type ServerConfig,
  type ShapeOf,
  serverConfigShape,
} from "./config/server-config.ts";
export { readTarget } from "./config/target.ts";
export { choice, count, durationMs, flag, host, optional, port, text, url } from "./config/variables.ts";
export { dateAt } from "./date.ts";
export type { Dependency } from "./health/readiness.ts";
// For handlers, and for who calls them: who a call is made for.
export { requireIdentity } from "./identity/admission.ts";
export {
  type Identity,
  identityHeader,
  identityKey,
  identityOf,
  localSubject,
} from "./identity/identity.ts";
export type { IdentitySecrets } from "./identity/secrets.ts";
export { createIdentitySigner, type IdentitySigner } from "./identity/signer.ts";
// For programs that serve something else, and stop by the same rules.
export { type BindAddress, bind } from "./lifecycle/bind.ts";
export { Drain, type Drainable, type DrainOptions } from "./lifecycle/drain.ts";
export { onTermination, type TerminationOptions } from "./lifecycle/termination.ts";
export { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
export { runProgram } from "./program.ts";
export { type Server, serve } from "./serve.ts";
export type { ServeOptions } from "./serve-options.ts";
export { type ServedService, type ServiceOptions, service } from "./service.ts";
export { type SidePort, type SidePortOptions, startSidePort } from "./side-port.ts";
export { Sweeper, type SweeperOptions } from "./sweeper.ts";
