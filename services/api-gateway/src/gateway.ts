import type { Clock } from "@agent-team/foundation/clock";
import { Drain, type Logger, startSidePort } from "@agent-team/grpc-server";
import { createApp } from "./app.ts";
import { createAuthenticate } from "./auth/authenticate.ts";
import type { EngineClient } from "./clients/engine-client.ts";
import type { WorkflowClient } from "./clients/workflow-client.ts";
import type { GatewayConfig } from "./config.ts";
import { HttpListener } from "./listener/http-listener.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called by the routes, and closed when the gateway has stopped. */
  readonly workflow: WorkflowClient;
  readonly engine: EngineClient;
  /** For tests; see `HttpListenerOptions`. */
  readonly requestTimeoutMs?: number | undefined;
  readonly checkIntervalMs?: number | undefined;
}

/** A gateway that serves. */
export interface Gateway {
  readonly port: number;
  readonly healthPort: number;
  /**
   * Drains and stops: `/readyz` says no and requests are served as before for LAME_DUCK_MS, then each answer closes its
   * connection until no new one has come for LAME_DUCK_QUIET_MS, then streams may end in what STOP_TIMEOUT_MS leaves.
   * Resolves when nothing is open any more. A second call joins the first.
   * @param hurry aborts the waiting
   */
  stop(hurry?: AbortSignal): Promise<void>;
}

/** @throws ConfigError of one line when an address cannot be had */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, logger, clock, workflow, engine } = options;
  const stopping = new AbortController();
  let isReady = false;

  const authenticate = createAuthenticate(config, { clock, logger });
  const app = createApp({ config, workflow, engine, authenticate, logger, clock, stopping: stopping.signal });
  const listener = new HttpListener({
    fetch: app.fetch,
    maxConnectionsPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    requestTimeoutMs: options.requestTimeoutMs,
    checkIntervalMs: options.checkIntervalMs,
    onDrain: () => {
      isReady = false;
      logger.info("draining");
    },
    onAbort: () => stopping.abort(),
  });
  const drain = new Drain(listener, {
    clock,
    lameDuckMs: config.LAME_DUCK_MS,
    lameDuckQuietMs: config.LAME_DUCK_QUIET_MS,
    stopTimeoutMs: config.STOP_TIMEOUT_MS,
  });
  listener.onConnection(() => drain.didConnect());

  const port = await listener.listen(config.HTTP_HOST, config.HTTP_PORT);
  const health = { host: config.HEALTH_HOST ?? config.HTTP_HOST, port: config.HEALTH_PORT };
  const sidePort = await startSidePort({ ...health, isReady: () => isReady });
  isReady = true;
  logger.info({ host: config.HTTP_HOST, port, health_port: sidePort.port }, "listening");

  return {
    port,
    healthPort: sidePort.port,
    async stop(hurry) {
      hurry?.addEventListener("abort", () => drain.hurry(), { once: true });
      drain.start();
      await drain.stopped;
      await Promise.all([workflow.close(), engine.close(), sidePort.close()]);
      logger.info("stopped");
    },
  };
}
