import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request that the server received. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface LoopbackHttpServer {
  readonly url: string;
  /** For HTTP_ALLOW_HOSTS. */
  readonly authority: string;
  /** All requests, in order. */
  readonly seen: readonly Seen[];
}

/** A real HTTP server that answers by path, records its requests, and ends with the test. */
export async function httpServerOnLoopback(
  routes: Readonly<Record<string, RequestListener>>,
): Promise<LoopbackHttpServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const path = request.url ?? "";
      seen.push({ method: request.method ?? "", path, headers: request.headers, body });
      const route = routes[path];
      if (route === undefined) response.writeHead(404).end();
      else route(request, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${authority}`, authority, seen };
}

/** Answers with JSON. */
export function json(value: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
}

export function redirect(location: string, status = 302): RequestListener {
  return (_request, response) => void response.writeHead(status, { location }).end();
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
