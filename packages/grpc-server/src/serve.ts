import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { renderCallMetrics } from "./call/call-metrics.ts";
import { LiveCalls } from "./call/live-calls.ts";
import { statusName } from "./call/status.ts";
import { Listener } from "./connection/listener.ts";
import { Readiness } from "./health/readiness.ts";
import type { Drain } from "./lifecycle/drain.ts";
import { onTermination } from "./lifecycle/termination.ts";
import type { Logger } from "./logger.ts";
import { type SidePort, startSidePort } from "./program/side-port.ts";
import type { ServeOptions } from "./serve-options.ts";
import { answerCalls, type ServerParts } from "./server-calls.ts";
import { createServerDrain } from "./server-drain.ts";

/** A gRPC server that runs. */
export interface Server {
  /** The gRPC port; with GRPC_PORT=0 the one that the system chose. */
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
 * Serves gRPC on GRPC_HOST:GRPC_PORT with grpc.health.v1, reflection outside production and the side port, until SIGTERM,
 * SIGINT or an uncaught error; then drains (see `Drain`) and ends the process. Resolves when calls are accepted.
 *
 * @throws ConfigError of one line when the server cannot listen on an address, or in production without IDENTITY_SECRET
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { config, logger, dependencies = [], clock = systemClock } = options;
  const parts = { clock, calls: createCalls(logger), readiness: new Readiness(clock, dependencies) };
  const listener = new Listener({ clock, random: systemRandom, onStream: answerCalls(options, parts) });
  const port = await listen(listener, options);
  const sidePort = await listenBeside(options, parts).catch((error: unknown) => {
    listener.stopListening();
    throw error;
  });
  const drain = createServerDrain(options, { ...parts, listener });
  listener.onConnection(() => drain.didConnect());
  const server = { port, sidePort: sidePort.port, ...stopsOf(drain, sidePort, options) };
  logger.info({ address: `${config.GRPC_HOST}:${port}`, sidePort: sidePort.port }, "serving");
  return server;
}

function createCalls(logger: Logger): LiveCalls {
  return new LiveCalls(({ path, code, durationMs }) => {
    if (!logger.isLevelEnabled("debug")) return;
    logger.debug({ method: path, code: statusName(code), ms: Math.round(durationMs * 100) / 100 }, "call");
  });
}

function listen(listener: Listener, { config, logger }: ServeOptions): Promise<number> {
  const { GRPC_HOST: host, GRPC_PORT: port } = config;
  return listener.listen({ host, port, hostVariable: "GRPC_HOST", portVariable: "GRPC_PORT" }, (error) => {
    logger.warn({ err: error }, "a connection could not be accepted");
  });
}

function listenBeside({ config }: ServeOptions, { clock, calls, readiness }: ServerParts): Promise<SidePort> {
  return startSidePort({
    host: config.HEALTH_HOST ?? config.GRPC_HOST,
    port: config.HEALTH_PORT,
    isReady: () => readiness.ready,
    describe: () => readiness.describe(),
    metrics: () => renderCallMetrics(calls),
    clock,
  });
}

/** The ways in which a server stops: by the process's end, and by its methods. */
function stopsOf(
  drain: Drain,
  sidePort: SidePort,
  { config, logger, clock }: ServeOptions,
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
