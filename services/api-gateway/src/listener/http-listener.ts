/**
 * The HTTP server itself: limits of time and size that hold before a route sees a request, and the steps by which it
 * goes out of service. What a request means, it does not know.
 */

import { createServer, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { bind, type Drainable } from "@agent-team/grpc-server";
import { getRequestListener } from "@hono/node-server";
import { Connections } from "./connections.ts";
import { refuseConnection, rejectConnection, rejectFields, rejectRequest } from "./rejection.ts";
import { repeatedField } from "./single-fields.ts";

/** Connections at once: at 64 KiB each for a reader of a stream, half of a 512 MiB task. */
const maxConnections = 4_096;

/**
 * How long a connection without a request stays open. The load balancer in front must close it first: a request that it
 * sends while we close is answered 502. Its idle timeout is 120 s (infra/modules/region/load_balancer_api.tf), and
 * `npm run infra` compares the two.
 */
const KEEP_ALIVE_MS = 150_000;

/** Neither read nor written for so long: four heartbeats have gone unread, or nobody is there. */
const silenceMs = 60_000;

const maxHeaderBytes = 16 * 1024;

export interface HttpListenerOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Connections at once from one address; see `Connections`. */
  readonly maxConnectionsPerAddress: number;
  /** How long a request may take to arrive, body included, until it gets 408. Default 10,000 ms. */
  readonly requestTimeoutMs?: number | undefined;
  /** How often that is looked at. Default 1,000 ms. */
  readonly checkIntervalMs?: number | undefined;
  /** The process is about to stop serving: `/readyz` says no from here on. */
  readonly onDrain: () => void;
  /** Streams that are still open have to end now. */
  readonly onAbort: () => void;
}

export class HttpListener implements Drainable {
  readonly #options: HttpListenerOptions;
  readonly #server: Server;
  readonly #closed = Promise.withResolvers<void>();
  /** The answer in the making on each connection: what is written beside it would corrupt it. */
  readonly #answers = new WeakMap<Duplex, ServerResponse>();
  #onConnection: () => void = () => {};
  #isLeaving = false;

  constructor(options: HttpListenerOptions) {
    const requestTimeout = options.requestTimeoutMs ?? 10_000;
    this.#options = options;
    this.#server = createServer({
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: options.checkIntervalMs ?? 1_000,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: maxHeaderBytes,
    });
    this.#server.timeout = silenceMs;
    const answer = getRequestListener((request) => options.fetch(request), {
      overrideGlobalObjects: false,
      errorHandler: rejectRequest,
    });
    const connections = new Connections({ max: maxConnections, maxPerAddress: options.maxConnectionsPerAddress });
    this.#server.on("connection", (socket) => {
      if (!connections.admit(socket)) return refuseConnection(socket);
      this.#onConnection();
    });
    this.#server.on("request", (request, response) => {
      connections.didStartRequest(request.socket);
      response.once("close", () => connections.didEndRequest(request.socket));
      this.#track(request.socket, response);
      const repeated = repeatedField(request);
      if (repeated === undefined) void answer(request, response);
      else rejectFields(response, repeated);
    });
    this.#server.on("clientError", (error, socket) => rejectConnection(error, socket, this.#answers.get(socket)));
    this.#server.once("close", this.#closed.resolve);
  }

  /** @throws ConfigError of one line when the address cannot be had */
  listen(host: string, port: number): Promise<number> {
    return bind(this.#server, { host, port, hostVariable: "HTTP_HOST", portVariable: "HTTP_PORT" });
  }

  /** Calls `listener` for each connection from now on. */
  onConnection(listener: () => void): void {
    this.#onConnection = listener;
  }

  didStartDrain(): void {
    this.#options.onDrain();
  }

  /** HTTP/1.1 has no GOAWAY: each answer from here on asks its connection to close. */
  goAway(): void {
    this.#isLeaving = true;
  }

  stopListening(): void {
    this.#server.close();
  }

  disconnected(): Promise<void> {
    return this.#closed.promise;
  }

  failCalls(): void {
    this.#options.onAbort();
  }

  disconnect(): void {
    this.#server.closeAllConnections();
  }

  #track(socket: Socket, response: ServerResponse): void {
    this.#answers.set(socket, response);
    if (this.#isLeaving) response.setHeader("connection", "close");
    response.once("close", () => {
      if (this.#answers.get(socket) === response) this.#answers.delete(socket);
      // A stream that began before the drain promised to keep its connection; nothing more is coming on it.
      if (this.#isLeaving) socket.destroySoon();
    });
  }
}
