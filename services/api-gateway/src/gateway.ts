import type { Clock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { Drain, type Logger, startSidePort } from "@agent-team/grpc-server";
import { openRedisBuckets } from "@agent-team/journal/token-buckets";
import { loadPage, type PageSource, whyNoPage } from "@agent-team/page";
import { type AppParts, createApp } from "./app.ts";
import { createAuthenticate } from "./auth/authenticate.ts";
import { Tickets } from "./auth/tickets.ts";
import type { EngineClient } from "./clients/engine-client.ts";
import { shareRuns } from "./clients/shared-runs.ts";
import { shareTurns } from "./clients/shared-turns.ts";
import type { WorkflowClient } from "./clients/workflow-client.ts";
import type { GatewayConfig } from "./config.ts";
import { Limits } from "./limits.ts";
import { HttpListener } from "./listener/http-listener.ts";
import { OpenStreams } from "./open-streams.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The routes call it, and `stop()` closes it. */
  readonly workflow: WorkflowClient;
  /** As `workflow`. */
  readonly engine: EngineClient;
  /** The page at `/`. Default: the one of this build. */
  readonly page?: PageSource | undefined;
  /** For tests; see `HttpListenerOptions`. */
  readonly requestTimeoutMs?: number | undefined;
  readonly checkIntervalMs?: number | undefined;
}

/** A gateway that is listening. */
export interface Gateway {
  readonly port: number;
  readonly healthPort: number;
  /**
   * Drains and stops. `/readyz` is 503 at once. For LAME_DUCK_MS requests are served as before; then each response closes
   * its connection, until no new connection has come for LAME_DUCK_QUIET_MS; then streams have the rest of STOP_TIMEOUT_MS
   * to end. Resolves when every connection and client is closed. A second call joins the first.
   * @param hurry skips the waiting when it aborts
   */
  stop(hurry?: AbortSignal): Promise<void>;
}

/** @throws ConfigError with one line when an address cannot be bound, or REDIS_URL is not valid */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, logger, page = BUILT_PAGE } = options;
  const state: State = { isReady: false, brokenOff: 0 };
  const limits = await openLimits(options);
  // Without credentials all callers are one subject: their streams are counted, and not limited.
  const streams = new OpenStreams(config.AUTH_MODE === "none" ? Infinity : config.STREAMS_PER_SUBJECT);
  const listener = createListener(options, { limits, streams, page }, state);
  const drain = createDrain(listener, options);

  const port = await listener.listen(config.HTTP_HOST, config.HTTP_PORT);
  const health = { host: config.HEALTH_HOST ?? config.HTTP_HOST, port: config.HEALTH_PORT };
  const sidePort = await startSidePort({
    ...health,
    isReady: () => state.isReady,
    metrics: () => limits.metrics() + streams.metrics(),
  });
  state.isReady = true;
  logger.info({ host: config.HTTP_HOST, port, health_port: sidePort.port }, "listening");
  const noPage = await page.whyNoPage();
  if (noPage !== undefined) logger.warn(noPage);

  return {
    port,
    healthPort: sidePort.port,
    async stop(hurry) {
      hurry?.addEventListener("abort", () => drain.hurry(), { once: true });
      drain.start();
      await drain.stopped;
      if (state.brokenOff > 0)
        logger.info({ requests: state.brokenOff }, "the stop broke off requests and streams: their clients ask again");
      await Promise.all([options.workflow.close(), options.engine.close(), limits.close(), sidePort.close()]);
      logger.info("stopped");
    },
  };
}

const BUILT_PAGE: PageSource = { loadPage, whyNoPage };

/** What changes while a gateway runs. */
interface State {
  isReady: boolean;
  /** Requests and streams that ended because the process stops. */
  brokenOff: number;
}

type ListenerParts = Pick<AppParts, "limits" | "streams" | "page">;

/** Without credentials there are no limits. */
async function openLimits({ config: { AUTH_MODE, REDIS_URL }, clock, logger }: GatewayOptions): Promise<Limits> {
  if (REDIS_URL === undefined || AUTH_MODE === "none") return new Limits({ shared: undefined, clock, logger });
  const shared = await openRedisBuckets({
    redisUrl: REDIS_URL,
    clock,
    random: systemRandom,
    onEvent: ({ kind, message, ...event }) => logger[kind === "ready" ? "info" : "warn"](event, message),
  });
  return new Limits({ shared, clock, logger });
}

function createListener(options: GatewayOptions, parts: ListenerParts, state: State): HttpListener {
  const { limits } = parts;
  const { config, logger, clock, requestTimeoutMs, checkIntervalMs } = options;
  const stopping = new AbortController();
  const authenticate = createAuthenticate(config, { clock, logger });
  const tickets = new Tickets({
    secrets: config.IDENTITY_SECRET,
    clock,
    // A bucket of one token is empty for a minute: longer than a ticket may wait for its use.
    isFirstUse: async (id) => (await limits.take({ name: "ticket", perMinute: 1 }, id)).isAllowed,
  });
  const workflow = shareTurns(options.workflow, clock);
  const engine = shareRuns(options.engine, clock);
  const onBrokenOff = (): void => void (state.brokenOff += 1);
  const stop = { stopping: stopping.signal, onBrokenOff };
  const app = createApp({ ...options, workflow, engine, authenticate, tickets, ...parts, ...stop });
  return new HttpListener({
    fetch: (request, connection) => app.fetch(request, connection),
    clock,
    maxConnectionsPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    requestTimeoutMs,
    checkIntervalMs,
    onDrain: () => {
      state.isReady = false;
      logger.info("draining");
    },
    onAbort: () => stopping.abort(),
  });
}

function createDrain(listener: HttpListener, { config, clock }: GatewayOptions): Drain {
  const drain = new Drain(listener, {
    clock,
    lameDuckMs: config.LAME_DUCK_MS,
    lameDuckQuietMs: config.LAME_DUCK_QUIET_MS,
    stopTimeoutMs: config.STOP_TIMEOUT_MS,
  });
  listener.onConnection(() => drain.didConnect());
  return drain;
}
