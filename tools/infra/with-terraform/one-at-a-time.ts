/**
 * An HTTP proxy that forwards requests one at a time, in order. moto is not safe for concurrent requests: it answers some of
 * several creations with 500 although it has created the resource; the client repeats the request and gets "already exists".
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const HOST = "127.0.0.1";

export class OneAtATime implements Disposable {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Listens on a free port of loopback, and forwards requests to another one. */
  static async before(port: number): Promise<OneAtATime> {
    let last = Promise.resolve();
    const server = createServer((incoming, response) => {
      last = last.then(() => forward(incoming, response, port));
    });
    // The client closes idle connections: if the proxy did, it could lose the client's next request.
    server.keepAliveTimeout = 0;
    server.listen(0, HOST);
    await once(server, "listening");
    return new OneAtATime(server);
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Resolves when the response has been forwarded, or the client is gone. */
function forward(incoming: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { method, url: path, headers } = incoming;
  // A connection for each request: the server cannot close one between two requests.
  const outgoing = request({ host: HOST, port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  response.once("close", resolve);
  outgoing.once("error", () => response.destroy());
  response.once("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
  return promise;
}
