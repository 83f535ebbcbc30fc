/**
 * HTTP/1.1 for clients of gRPC-Web and Connect, by `node:http`. In: sockets whose client speaks it. Out: a `WebRequest` for each request,
 * and what answers it. It never listens, and it sets no time: those of a connection are in `http1-connection.ts`.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { type AnswerWeb, isConnectionField, type WebRequest, type WebResponse } from "../web-request.ts";
import { Http1Connection, type Http1ConnectionInit } from "./http1-connection.ts";

export interface Http1ServerInit {
  readonly answerWeb: AnswerWeb;
  /** The request line and all header fields of a request. Above it the answer is 431. */
  readonly maxHeaderBytes: number;
  readonly onDefect: (path: string, thrown: unknown) => void;
}

export class Http1Server {
  readonly #init: Http1ServerInit;
  readonly #server: Server;
  readonly #connections = new WeakMap<Socket, Http1Connection>();

  constructor(init: Http1ServerInit) {
    this.#init = init;
    const times = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 };
    this.#server = createServer({ ...times, maxHeaderSize: init.maxHeaderBytes }, (request, response) => {
      void this.#didRequest(request, response);
    });
  }

  /** Serves a connection from its first byte on. */
  serve(init: Http1ConnectionInit): Http1Connection {
    const connection = new Http1Connection(init);
    this.#connections.set(init.socket, connection);
    this.#server.emit("connection", init.socket);
    return connection;
  }

  async #didRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket);
    if (connection?.didRequest(request, response) !== true) return;
    const web = requestOf(request, response, connection);
    try {
      await send(await this.#init.answerWeb(web), response, connection);
    } catch (thrown) {
      // The client has gone. `response.destroyed` does not say so: `pipeline` destroys the response when its body throws.
      if (web.signal.aborted) return;
      request.socket.destroy();
      this.#init.onDefect(web.path, thrown);
    }
  }
}

function requestOf(request: IncomingMessage, response: ServerResponse, connection: Http1Connection): WebRequest {
  const { httpVersion, method = "", url: path = "", headers } = request;
  const controller = new AbortController();
  response.once("close", () => controller.abort(new ConnectError("cancelled by the client", Code.Canceled)));
  return {
    httpVersion,
    method,
    path,
    authority: headers.host ?? "",
    header: headersOf(request),
    // What is left of a body when its call has ended must not end the connection before the answer.
    body: request.iterator({ destroyOnReturn: false }),
    signal: controller.signal,
    peerCertificate: connection.peerCertificate,
  };
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase();
    if (!isConnectionField(name)) headers.append(name, String(rawHeaders[at + 1]));
  }
  return headers;
}

async function send(
  { status, header, body }: WebResponse,
  response: ServerResponse,
  { isLeaving }: Http1Connection,
): Promise<void> {
  response.setHeaders(header);
  if (isLeaving) response.setHeader("connection", "close");
  response.writeHead(status);
  if (body === undefined) response.end();
  else await pipeline(body, response);
}
