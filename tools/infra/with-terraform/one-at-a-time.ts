/**
 * An HTTP server before another one that is not safe for requests side by side: it passes them on one at a time, in the order
 * in which they came. moto answers some of several creations at once with 500 after it has created the thing; the client
 * repeats the request, and is told that the thing exists.
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

  /** Listens on a free port of loopback, and passes requests on to another one. */
  static async before(port: number): Promise<OneAtATime> {
    let last = Promise.resolve();
    const server = createServer((incoming, response) => {
      last = last.then(() => forward(incoming, response, port));
    });
    // The client closes idle connections: a close of ours could meet its next request.
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

/** Resolves when the answer has been passed back, or cannot be. */
function forward(incoming: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { method, url: path, headers } = incoming;
  // A connection for each request: none is idle that the other side could close meanwhile.
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
