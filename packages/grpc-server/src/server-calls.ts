import { randomUUID } from "node:crypto";
import type { Clock } from "@agent-team/foundation/clock";
import { DeadlineWheel } from "@agent-team/grpc-client/for-servers";
import { DefectLog } from "./call/defect-log.ts";
import type { HandlerGate } from "./call/handler-gate.ts";
import type { LiveCalls } from "./call/live-calls.ts";
import { routesOf } from "./call/route.ts";
import { compressesAnswers } from "./compression.ts";
import { isProduction, requireIdentity } from "./config/production.ts";
import type { ConnectionEnvironment } from "./connection/grpc-connection.ts";
import { createHealthService } from "./health/health.ts";
import type { Readiness } from "./health/readiness.ts";
import { createAdmission } from "./identity/admission.ts";
import type { Admit } from "./identity.ts";
import type { LimitCounts } from "./limits.ts";
import { createReflectionServices } from "./reflection/reflection.ts";
import type { ResolvedServeOptions } from "./serve-options.ts";
import type { ServerCertificates } from "./server-certificates.ts";
import { openWeb } from "./web/open-web.ts";

/** The bound of the memory that one request message uses. Above it the call ends RESOURCE_EXHAUSTED. */
const MAX_RECEIVE_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The parts of a server that its calls, its health and its drain share. */
export interface ServerParts {
  readonly clock: Clock;
  readonly calls: LiveCalls;
  readonly gate: HandlerGate;
  readonly limits: LimitCounts;
  readonly readiness: Readiness;
  /** Undefined: plaintext. */
  readonly certificates: ServerCertificates | undefined;
}

/**
 * What connections need to answer the calls of the program's services, grpc.health.v1 and, outside production, reflection.
 * @throws ConfigError of one line in production without IDENTITY_SECRET, or for a protocol, an origin or a compression that does not exist
 */
export function answerCalls(options: ResolvedServeOptions, parts: ServerParts): ConnectionEnvironment {
  const { clock, calls, gate, limits, readiness, certificates } = parts;
  const { services, config, logger } = options;
  const admit = admissionOf(options, clock);
  const log = new DefectLog(logger);
  const withHealth = [...services, createHealthService(services, readiness)];
  const all = isProduction(config) ? withHealth : [...withHealth, ...createReflectionServices(withHealth)];
  const scheme = certificates === undefined ? "http" : "https";
  const deadlines = new DeadlineWheel(clock);
  const environment = { clock, deadlines, scheme, calls, gate, admit, log, createId: randomUUID } as const;
  const served = {
    services: all,
    routes: routesOf(all, environment),
    maxReceiveMessageBytes: MAX_RECEIVE_MESSAGE_BYTES,
    compressesAnswers: compressesAnswers(options.compression),
  };
  return {
    clock,
    ...served,
    answerWeb: openWeb(options, { ...served, clock, limits, scheme }),
    limits,
    onDefect: (path, thrown) => log.didThrow(path, thrown),
  };
}

/** Undefined: the server checks no identities. */
function admissionOf({ config, audience }: ResolvedServeOptions, clock: Clock): Admit | undefined {
  if (audience === undefined) return undefined;
  const { IDENTITY_SECRET: secrets } = requireIdentity(config);
  return createAdmission(secrets, clock, audience);
}
