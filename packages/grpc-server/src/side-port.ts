import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { bind } from "./lifecycle/bind.ts";

export interface SidePortOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Whether new work is wanted. Asked at each `/readyz`; answers 200 or 503. */
  readonly isReady: () => boolean;
  /** Prometheus text for `/metrics`. Without it `/metrics` is 404. */
  readonly metrics?: (() => string) | undefined;
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
 * `GET /livez`: the process answers, so do not replace it; 200 always, also while it drains, and whatever it depends on.
 * `GET /readyz`: send new work, or do not. `GET /metrics`: numbers.
 *
 * @throws ConfigError of one line, about HEALTH_HOST or HEALTH_PORT, when the address cannot be had
 */
export async function startSidePort(options: SidePortOptions): Promise<SidePort> {
  const server = createServer((request, response) => send(request, response, answer(request, options)));
  const { host, port } = options;
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

function answer({ method, url }: IncomingMessage, { isReady, metrics }: SidePortOptions): Answer {
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: "only GET\n" };
  const path = url?.split("?", 1)[0] ?? "";
  switch (path) {
    case "/livez":
      return { status: 200, body: "ok\n" };
    case "/readyz":
      return isReady() ? { status: 200, body: "ready\n" } : { status: 503, body: "not ready\n" };
    case "/metrics":
      return metrics === undefined ? notFound : { status: 200, body: metrics() };
    default:
      return notFound;
  }
}

const notFound: Answer = { status: 404, body: "known here: /livez /readyz /metrics\n" };

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
