/**
 * The HTTP server: limits of time, size and number that act before a route sees a request, and the steps of a drain. In:
 * connections. Out: a `Request` for each request that keeps the limits. It never looks into a request beyond that.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@agent-team/foundation/clock";
import { bind, type Drainable } from "@agent-team/grpc-server";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { ConnectionControl } from "../gateway-env.ts";
import { BodyWriter, type GivenBody, SILENCE_LIMIT_MS, STANDSTILL_MS, type Watches } from "./body-writer.ts";
import { Connections } from "./connections.ts";
import { rejectConnection, rejectExcess, rejectRepeatedField, rejectRequest } from "./rejection.ts";
import { RequestConnection } from "./request-connection.ts";
import { Silences } from "./silences.ts";
import { repeatedField } from "./single-fields.ts";

/**
 * Connections at once. With a turn for each of them a gateway with the heap of a 512 MiB task took 298 MiB of resident memory at most
 * (`npm run -s bench -- readers`, full-gateway; decision 0054).
 */
const MAX_CONNECTIONS = 4_096;

/**
 * How long a connection without a request stays open. The load balancer in front must close it first: a request that it
 * sends while we close is answered 502. Its idle timeout is 120 s (infra/modules/region/load_balancer_api.tf), and
 * `npm run infra` compares the two.
 */
const KEEP_ALIVE_MS = 150_000;

/** A socket without a read or a write for so long is closed: the peer is gone, or has not read four heartbeats. */
const SILENCE_MS = 60_000;

const MAX_HEADER_BYTES = 16 * 1024;

const REQUEST_TIMEOUT_MS = 10_000;
const CHECK_INTERVAL_MS = 1_000;

export interface HttpListenerOptions {
  readonly fetch: (request: Request, connection: ConnectionControl) => Response | Promise<Response>;
  readonly clock: Clock;
  /** Connections at once from one address; see `Connections`. */
  readonly maxConnectionsPerAddress: number;
  /** A request that has not arrived whole after this time, body included, gets 408. Default 10,000 ms. */
  readonly requestTimeoutMs?: number | undefined;
  /** How often `requestTimeoutMs` is checked. Default 1,000 ms. */
  readonly checkIntervalMs?: number | undefined;
  /** The drain starts: `/readyz` is 503 from now on. */
  readonly onDrain: () => void;
  /** Streams that are still open must end now. */
  readonly onAbort: () => void;
}

export class HttpListener implements Drainable {
  readonly #options: HttpListenerOptions;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #closed = Promise.withResolvers<void>();
  /** The response in progress on each connection: other bytes written beside it would corrupt it. */
  readonly #responses = new WeakMap<Duplex, ServerResponse>();
  #onConnection: () => void = () => {};
  #closesConnections = false;

  constructor(options: HttpListenerOptions) {
    this.#options = options;
    this.#connections = new Connections({ max: MAX_CONNECTIONS, maxPerAddress: options.maxConnectionsPerAddress });
    this.#server = createBoundedServer(options);
    const watches = {
      silences: new Silences(options.clock, SILENCE_LIMIT_MS),
      standstills: new Silences(options.clock, STANDSTILL_MS),
    };
    const serve = getRequestListener(
      async (request, { incoming, outgoing }) => {
        const connection = new RequestConnection(incoming as IncomingMessage, outgoing as ServerResponse);
        const response = await options.fetch(request, connection);
        const { given } = connection;
        return given === undefined ? response : streamBody(response, given, outgoing as ServerResponse, watches);
      },
      { overrideGlobalObjects: false, errorHandler: rejectRequest },
    );
    this.#server.on("connection", (socket) => this.#didConnect(socket));
    this.#server.on("request", (request, response) => {
      this.#track(request, response);
      const repeated = repeatedField(request);
      if (repeated === undefined) void serve(request, response);
      else rejectRepeatedField(response, repeated);
    });
    this.#server.on("clientError", (error, socket) => rejectConnection(error, socket, this.#responses.get(socket)));
    this.#server.once("close", this.#closed.resolve);
  }

  /** @throws ConfigError with one line when the address cannot be bound */
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

  /** HTTP/1.1 has no GOAWAY: from now on each response asks its client to close the connection. */
  goAway(): void {
    this.#closesConnections = true;
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

  #didConnect(socket: Socket): void {
    if (this.#connections.admit(socket)) this.#onConnection();
    else rejectExcess(socket);
  }

  #track({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#connections.didStartRequest(socket);
    this.#responses.set(socket, response);
    if (this.#closesConnections) response.setHeader("connection", "close");
    response.once("close", () => {
      this.#connections.didEndRequest(socket);
      if (this.#responses.get(socket) === response) this.#responses.delete(socket);
      // The head of a stream that began before the drain promised keep-alive, so the client does not close.
      if (this.#closesConnections) socket.destroySoon();
    });
  }
}

/** Behind the head of its response; left when it is not written. */
function streamBody(response: Response, given: GivenBody, outgoing: ServerResponse, watches: Watches): Response {
  if (response.status !== 200 || outgoing.req.method === "HEAD" || outgoing.destroyed) {
    given.body.leave();
    return response;
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  void new BodyWriter(given, outgoing, watches).write();
  return RESPONSE_ALREADY_SENT;
}

function createBoundedServer({ requestTimeoutMs, checkIntervalMs }: HttpListenerOptions): Server {
  const requestTimeout = requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const server = createServer({
    requestTimeout,
    headersTimeout: requestTimeout,
    connectionsCheckingInterval: checkIntervalMs ?? CHECK_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.timeout = SILENCE_MS;
  return server;
}
