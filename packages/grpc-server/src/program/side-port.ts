import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { bind } from "../bind.ts";
import { renderProcessMetrics } from "./process-metrics.ts";

/** Options of `startSidePort`. */
export interface SidePortOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Whether the program is alive and not draining. Called at each `/readyz`, which answers 200 or 503. */
  readonly isReady: () => boolean;
  /** The lines of `/readyz`, for people: the state and the dependencies. Default: `ready` or `not ready`. */
  readonly describe?: (() => readonly string[]) | undefined;
  /** Prometheus text of the program, after that of the process in `/metrics`. Default: none. */
  readonly metrics?: (() => string) | undefined;
  readonly clock?: Clock | undefined;
}

/** The HTTP port for load balancers, health checks and metric scrapers, separate from the calls. */
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
 * `GET /livez`: 200 always, also during a drain. `GET /readyz`: 200 if the program takes new work, 503 during a drain.
 * Neither depends on a store: while that is unavailable, a replacement of the task would not help (decision 0022).
 * `GET /metrics`: the figures of the process and the program.
 *
 * @throws ConfigError of one line, about HEALTH_HOST or HEALTH_PORT, when the server cannot listen on the address
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
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: "expected GET or HEAD\n" };
  const path = url?.split("?", 1)[0] ?? "";
  switch (path) {
    case "/livez":
      return { status: 200, body: "ok\n" };
    case "/readyz":
      return readiness(options);
    case "/metrics":
      return { status: 200, body: renderProcessMetrics(startedAtMs) + (options.metrics?.() ?? "") };
    default:
      return { status: 404, body: "expected /livez, /readyz or /metrics\n" };
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
