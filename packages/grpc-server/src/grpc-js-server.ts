import type { Clock } from "@agent-team/grpc-client";
import { Server } from "@grpc/grpc-js";
import { addService } from "./call/definition.ts";
import type { LiveCalls } from "./call/live-calls.ts";
import { isProduction } from "./config/server-config.ts";
import { createHealthService } from "./health/health.ts";
import type { Readiness } from "./health/readiness.ts";
import { createAdmission } from "./identity/admission.ts";
import { createReflectionService } from "./reflection/reflection.ts";
import type { ServeOptions } from "./serve-options.ts";

/** What grpc-js is told. Sizes in bytes, times in milliseconds. */
const grpcOptions = {
  // Four MiB bound what one call can make us hold. Above it the call ends RESOURCE_EXHAUSTED.
  "grpc.max_receive_message_length": 4 * 1024 * 1024,
  // Clients that resolve only when they connect meet new servers within 5 min (grpc-js adds ±10 % itself), and a
  // stream that is open then has 10 min more. Keepalive pings need no permission: this server polices none.
  "grpc.max_connection_age_ms": 5 * 60_000,
  "grpc.max_connection_age_grace_ms": 10 * 60_000,
  // Bookkeeping for a debugging protocol that we do not serve.
  "grpc.enable_channelz": 0,
};

/** The parts of a server that its calls are told about. */
export interface ServerParts {
  readonly clock: Clock;
  readonly calls: LiveCalls;
  readonly readiness: Readiness;
}

/**
 * The server of grpc-js with the program's services, health, and reflection outside production; it does not listen.
 * @throws ConfigError of one line in production without IDENTITY_SECRET
 */
export function createGrpcServer(
  { services, config, logger }: ServeOptions,
  { clock, calls, readiness }: ServerParts,
): Server {
  const admit = createAdmission(config, clock);
  const server = new Server(grpcOptions);
  const withHealth = [...services, createHealthService(services, readiness)];
  const all = isProduction(config) ? withHealth : [...withHealth, createReflectionService(withHealth)];
  const onDefect = (method: string, error: unknown): void => logger.error({ method, err: error }, "a handler failed");
  for (const served of all) addService(server, served, { clock, calls, admit, onDefect });
  return server;
}
