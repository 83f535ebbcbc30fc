import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { bind } from "../bind.ts";
import { renderProcessMetrics } from "./process-metrics.ts";

/** Options of `startSidePort`. */
export interface SidePortOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Alive and not draining. Asked at each `/readyz`; answers 200 or 503. */
  readonly isReady: () => boolean;
  /** The lines of `/readyz`, for people: what the answer rests on. Default: `ready` or `not ready`. */
  readonly describe?: (() => readonly string[]) | undefined;
  /** Prometheus text that follows the process's own in `/metrics`. Default: none. */
  readonly metrics?: (() => string) | undefined;
  readonly clock?: Clock | undefined;
}

/** The port of load balancers, health checks and scrapers, apart from traffic. */
export interface SidePort {
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: 200 | 404 | 405 | 503;
  readonly body: string;
}

/**
 * `GET /livez`: the process answers; 200 always, also while it drains. `GET /readyz`: send new work, or do not, because
 * the process drains. Neither looks at what the process depends on: a task is not better for being replaced while its
 * store is away (decision 0022). `GET /metrics`: numbers.
 *
 * @throws ConfigError of one line, about HEALTH_HOST or HEALTH_PORT, when the address cannot be had
 */
export async function startSidePort(options: SidePortOptions): Promise<SidePort> {
  const { host, port, clock = systemClock } = options;
  const startedAtMs = clock.wallNow();
  const server = createServer((request, response) => send(request, response, answer(request, options, startedAtMs)));
  const boundPort = await bind(server, { host, port, hostVariable: "HEALTH_HOST", portVariable: "HEALTH_PORT" });
  const closed = Promise.withResolvers<void>();
  server.once("close", closed.resolve);
  return {
    port: boundPort,
    close() {
      server.close();
      server.closeAllConnections();
      return closed.promise;
    },
  };
}

function answer({ method, url }: IncomingMessage, options: SidePortOptions, startedAtMs: number): Answer {
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: "only GET\n" };
  const path = url?.split("?", 1)[0] ?? "";
  switch (path) {
    case "/livez":
      return { status: 200, body: "ok\n" };
    case "/readyz":
      return readiness(options);
    case "/metrics":
      return { status: 200, body: renderProcessMetrics(startedAtMs) + (options.metrics?.() ?? "") };
    default:
      return { status: 404, body: "known here: /livez /readyz /metrics\n" };
  }
}

function readiness({ isReady, describe }: SidePortOptions): Answer {
  const ready = isReady();
  const lines = describe?.() ?? [ready ? "ready" : "not ready"];
  return { status: ready ? 200 : 503, body: lines.map((line) => `${line}\n`).join("") };
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
