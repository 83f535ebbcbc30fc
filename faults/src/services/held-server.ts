/** A server for the requests of workflows, each of which waits until it is answered. */

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";

export interface HeldRequest {
  readonly path: string;
  readonly idempotencyKey: string;
  /** Of the sender's side of its connection. */
  readonly port: number;
  answer(): void;
}

export class HeldServer implements AsyncDisposable {
  /** In the order in which they came. */
  readonly requests: readonly HeldRequest[];
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, requests: readonly HeldRequest[]) {
    this.#server = server;
    this.requests = requests;
  }

  static async start(host: string, port: number): Promise<HeldServer> {
    const requests: HeldRequest[] = [];
    const server = createServer((request, response) => {
      request.resume();
      requests.push({
        path: request.url ?? "",
        idempotencyKey: String(request.headers["idempotency-key"]),
        port: request.socket.remotePort ?? 0,
        answer: () => answer(response),
      });
    }).listen(port, host);
    await once(server, "listening");
    return new HeldServer(server, requests);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
}
