import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { unixPathOf } from "./bind.ts";
import { renderCallMetrics } from "./call/call-metrics.ts";
import { HandlerGate } from "./call/handler-gate.ts";
import { LiveCalls } from "./call/live-calls.ts";
import { limitRequests } from "./call/slow-requests.ts";
import { statusName } from "./call/status.ts";
import { completeConfig } from "./config/default-config.ts";
import { ConfigError } from "./config-error.ts";
import { logLimits } from "./connection/limit-log.ts";
import { Listener } from "./connection/listener.ts";
import { logRefusals } from "./connection/refusal-log.ts";
import { readConnectionLimits } from "./connection-limits.ts";
import { Readiness } from "./health/readiness.ts";
import { createJsonLogger } from "./json-logger.ts";
import type { Drain } from "./lifecycle/drain.ts";
import { onTermination } from "./lifecycle/termination.ts";
import { LimitCounts } from "./limits.ts";
import { renderLimits } from "./program/limit-metrics.ts";
import { type SidePort, startSidePort } from "./program/side-port.ts";
import type { ResolvedServeOptions, ServeOptions } from "./serve-options.ts";
import { answerCalls, type ServerParts } from "./server-calls.ts";
import { openServerCertificates } from "./server-certificates.ts";
import { createServerDrain } from "./server-drain.ts";
import type { ServerLogger } from "./server-logger.ts";

/** A gRPC server that runs. */
export interface Server {
  /** The gRPC port; with GRPC_PORT=0 the one that the system chose, with GRPC_HOST=unix:… 0. */
  readonly port: number;
  /** The port of `/livez`, `/readyz` and `/metrics`. */
  readonly sidePort: number;
  /** Stops as SIGTERM does, but does not end the process. Resolves when everything has stopped. */
  drain(): Promise<void>;
  /** Stops without waiting: calls end UNAVAILABLE. For tests and for `await using`. */
  close(): Promise<void>;
  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves gRPC on GRPC_HOST:GRPC_PORT, or on the Unix socket of GRPC_HOST=unix:/path, with grpc.health.v1, reflection outside production and the side port, until SIGTERM,
 * SIGINT or an uncaught error; then drains (see `Drain`) and ends the process. Resolves when calls are accepted.
 *
 * With TLS_CERT_FILE and TLS_KEY_FILE over TLS 1.2 or 1.3, and with TLS_CLIENT_CA_FILE for clients with a certificate only.
 * Replaced files are used within 4 s, for new connections; open ones stay. The side port is always plaintext.
 *
 * @throws ConfigError of one line when the server cannot listen on an address, when a certificate or key cannot be used, or in
 *   production without IDENTITY_SECRET
 */
export async function serve(given: ServeOptions): Promise<Server> {
  const { dependencies = [], clock = systemClock } = given;
  const options = resolve(given, clock);
  const { config, logger } = options;
  const certificates = openServerCertificates(config, clock, logger);
  try {
    const readiness = new Readiness(clock, dependencies);
    const calls = createCalls(logger);
    const gate = new HandlerGate({ calls, maxCalls: config.GRPC_MAX_CALLS, random: systemRandom });
    const limits = new LimitCounts(logLimits(logger, clock));
    return await start(options, { clock, calls, gate, limits, readiness, certificates });
  } catch (error) {
    certificates?.close();
    throw error;
  }
}

function resolve(options: ServeOptions, clock: Clock): ResolvedServeOptions {
  const { config = {}, logger = createJsonLogger(clock), audience } = options;
  if (config.IDENTITY_SECRET !== undefined && audience === undefined)
    throw new ConfigError(
      "IDENTITY_SECRET is set without the option audience: expected the name of this service in identities",
    );
  return { ...options, config: completeConfig(config), logger };
}

async function start(options: ResolvedServeOptions, parts: ServerParts): Promise<Server> {
  const { config, logger } = options;
  const listener = createListener(options, parts);
  const port = await listen(listener, options);
  const sidePort = await listenBeside(options, parts).catch((error: unknown) => {
    listener.stopListening();
    throw error;
  });
  const drain = createServerDrain(options, { ...parts, listener });
  listener.onConnection(() => drain.didConnect());
  const slowRequests = limitRequests(parts);
  void drain.stopped.then(() => {
    slowRequests.cancel();
    parts.certificates?.close();
  });
  const server = { port, sidePort: sidePort.port, ...stopsOf(drain, sidePort, options) };
  const tls = parts.certificates?.kind ?? "none";
  const address = unixPathOf(config.GRPC_HOST) === undefined ? `${config.GRPC_HOST}:${port}` : config.GRPC_HOST;
  logger.info({ address, sidePort: sidePort.port, tls }, "serving");
  return server;
}

function createListener(options: ResolvedServeOptions, parts: ServerParts): Listener {
  const { certificates } = parts;
  const connectionLimits = readConnectionLimits(options);
  const environment = { ...answerCalls(options, parts), random: systemRandom, connectionLimits };
  if (certificates === undefined) return new Listener(environment);
  const tls = { context: certificates.context, asksForCertificate: certificates.kind === "mutual" };
  const listener = new Listener({ ...environment, tls, onRefused: logRefusals(options.logger, parts.clock) });
  certificates.onRenewed((context) => listener.renew(context));
  return listener;
}

function createCalls(logger: ServerLogger): LiveCalls {
  return new LiveCalls(({ path, code, durationMs }) => {
    if (!logger.isLevelEnabled("debug")) return;
    logger.debug({ method: path, code: statusName(code), ms: Math.round(durationMs * 100) / 100 }, "call");
  });
}

function listen(listener: Listener, { config, logger }: ResolvedServeOptions): Promise<number> {
  const { GRPC_HOST: host, GRPC_PORT: port } = config;
  return listener.listen({ host, port, hostVariable: "GRPC_HOST", portVariable: "GRPC_PORT" }, (error) => {
    logger.warn({ err: error }, "a connection could not be accepted");
  });
}

function listenBeside(
  { config, metrics }: ResolvedServeOptions,
  { clock, calls, limits, readiness }: ServerParts,
): Promise<SidePort> {
  return startSidePort({
    host: config.HEALTH_HOST ?? (unixPathOf(config.GRPC_HOST) === undefined ? config.GRPC_HOST : "127.0.0.1"),
    port: config.HEALTH_PORT,
    isReady: () => readiness.ready,
    describe: () => readiness.describe(),
    metrics: () => renderCallMetrics(calls) + renderLimits(limits) + (metrics?.() ?? ""),
    clock,
  });
}

/** The ways in which a server stops: by the process's end, and by its methods. */
function stopsOf(
  drain: Drain,
  sidePort: SidePort,
  { config, logger, clock }: ResolvedServeOptions,
): Omit<Server, "port" | "sidePort"> {
  const stopped = drain.stopped.then(() => sidePort.close());
  const onEnd = (hurry: AbortSignal): Promise<void> => {
    hurry.addEventListener("abort", () => drain.hurry());
    drain.start();
    return stopped;
  };
  const removeOnEnd = onTermination(onEnd, { limitMs: config.STOP_TIMEOUT_MS, logger, clock });
  const stop = (how: "start" | "hurry"): Promise<void> => {
    drain[how]();
    return stopped.finally(removeOnEnd);
  };
  return { drain: () => stop("start"), close: () => stop("hurry"), [Symbol.asyncDispose]: () => stop("hurry") };
}
