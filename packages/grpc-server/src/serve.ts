import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { renderCallMetrics } from "./call/call-metrics.ts";
import { LiveCalls } from "./call/live-calls.ts";
import { statusName } from "./call/status.ts";
import { Listener } from "./connection/listener.ts";
import { createGrpcServer } from "./grpc-js-server.ts";
import { Readiness } from "./health/readiness.ts";
import { onTermination } from "./lifecycle/termination.ts";
import type { Logger } from "./logger.ts";
import { startSidePort } from "./program/side-port.ts";
import type { ServeOptions } from "./serve-options.ts";
import { createServerDrain } from "./server-drain.ts";

/** A gRPC server that runs. */
export interface Server {
  /** The gRPC port, also when GRPC_PORT=0 left the choice to the system. */
  readonly port: number;
  /** The port of `/livez`, `/readyz` and `/metrics`. */
  readonly sidePort: number;
  /** Stops as SIGTERM does, without leaving the process. Resolves when everything has stopped. */
  drain(): Promise<void>;
  /** Stops without waiting for anybody: calls end UNAVAILABLE. For tests and for `await using`. */
  close(): Promise<void>;
  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves gRPC on GRPC_HOST:GRPC_PORT with grpc.health.v1, reflection outside production and the side port, until
 * SIGTERM or SIGINT; then drains (see `Drain`) and exits 0. Resolves when calls are accepted.
 *
 * @throws ConfigError of one line when an address cannot be had, or in production without IDENTITY_SECRET
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { config, logger } = options;
  const clock = options.clock ?? systemClock;
  const calls = createCalls(logger);
  const readiness = new Readiness(clock, options.dependencies ?? []);
  const onStream = createGrpcServer(options, { clock, calls, readiness });
  const listener = new Listener({ clock, random: systemRandom, onStream });

  const port = await listen(listener, options);
  const sidePort = await startSidePort({
    host: config.HEALTH_HOST ?? config.GRPC_HOST,
    port: config.HEALTH_PORT,
    isReady: () => readiness.ready,
    describe: () => readiness.describe(),
    metrics: () => renderCallMetrics(calls),
    clock,
  }).catch((error: unknown) => {
    listener.stopListening();
    throw error;
  });

  const drain = createServerDrain(options, { clock, calls, readiness, listener });
  listener.onConnection(() => drain.didConnect());
  const stopped = drain.stopped.then(() => sidePort.close());
  const forgetSignals = onTermination(
    (hurry) => {
      hurry.addEventListener("abort", () => drain.hurry());
      drain.start();
      return stopped;
    },
    { limitMs: config.STOP_TIMEOUT_MS, logger, clock },
  );
  logger.info({ address: `${config.GRPC_HOST}:${port}`, sidePort: sidePort.port }, "serving");

  const stop = (how: "start" | "hurry"): Promise<void> => {
    drain[how]();
    return stopped.finally(forgetSignals);
  };
  return {
    port,
    sidePort: sidePort.port,
    drain: () => stop("start"),
    close: () => stop("hurry"),
    [Symbol.asyncDispose]: () => stop("hurry"),
  };
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
