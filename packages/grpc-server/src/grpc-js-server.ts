import { randomUUID } from "node:crypto";
import type { Clock } from "@agent-team/foundation/clock";
import { Server } from "@grpc/grpc-js";
import { DefectLog } from "./call/defect-log.ts";
import { addService, pathOf } from "./call/definition.ts";
import type { LiveCalls } from "./call/live-calls.ts";
import { isProduction, requireIdentity } from "./config/production.ts";
import { createStreamGate, type StreamGate } from "./connection/stream-gate.ts";
import { createHealthService } from "./health/health.ts";
import type { Readiness } from "./health/readiness.ts";
import { createAdmission } from "./identity/admission.ts";
import { createReflectionServices } from "./reflection/reflection.ts";
import type { ServeOptions } from "./serve-options.ts";

/** Options of grpc-js, sizes in bytes. grpc-js has no connections here: see `Listener`. */
const GRPC_OPTIONS = {
  // The bound of the memory that one request message uses. Above it the call ends RESOURCE_EXHAUSTED.
  "grpc.max_receive_message_length": 4 * 1024 * 1024,
  // Records for a debugging protocol that we do not serve.
  "grpc.enable_channelz": 0,
};

/** The parts of a server that its calls, its health and its drain share. */
export interface ServerParts {
  readonly clock: Clock;
  readonly calls: LiveCalls;
  readonly readiness: Readiness;
}

/**
 * Serves the program's services, grpc.health.v1 and, outside production, reflection. Streams of HTTP/2 come in; grpc-js
 * runs their calls.
 * @throws ConfigError of one line in production without IDENTITY_SECRET
 */
export function createGrpcServer(options: ServeOptions, { clock, calls, readiness }: ServerParts): StreamGate {
  const { services, config, logger } = options;
  const { IDENTITY_SECRET: secrets } = requireIdentity(config);
  const admit = createAdmission(secrets, clock, options.audience);
  const log = new DefectLog(logger);
  const server = new Server(GRPC_OPTIONS);
  const withHealth = [...services, createHealthService(services, readiness)];
  const all = isProduction(config) ? withHealth : [...withHealth, ...createReflectionServices(withHealth)];
  for (const served of all) addService(server, served, { clock, calls, admit, log, createId: randomUUID });
  return createStreamGate({
    paths: new Set(all.flatMap(({ methods }) => methods.map(pathOf))),
    // grpc-js makes its HTTP/2 servers itself, and their limits cannot be set. This is the function that it attaches to
    // each of them. It is private: in a version of grpc-js without it, the tests of each kind of call fail.
    serve: (stream, headers) => server["_streamHandler"]([], stream, headers),
    onDefect: (path, thrown) => log.didThrow(path, thrown),
  });
}
