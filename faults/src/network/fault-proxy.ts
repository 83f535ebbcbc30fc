/** A TCP proxy in front of one host. Its fault can change at any time, and applies to open connections too. */

import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import { ProxiedConnection } from "./proxied-connection.ts";
import type { ProxyFault } from "./proxy-fault.ts";

export class FaultProxy implements AsyncDisposable {
  readonly #address: HostPort;
  readonly #upstream: HostPort;
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #fault: ProxyFault = { kind: "none" };

  constructor(address: HostPort, upstream: HostPort) {
    this.#address = address;
    this.#upstream = upstream;
  }

  /** Bytes that wait for the end of a stall, and bytes that were dropped, on the open connections. */
  get kept(): { readonly heldBytes: number; readonly lostBytes: number } {
    const sum = (of: (connection: ProxiedConnection) => number): number =>
      [...this.#connections].reduce((total, connection) => total + of(connection), 0);
    return { heldBytes: sum(({ heldBytes }) => heldBytes), lostBytes: sum(({ lostBytes }) => lostBytes) };
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new ProxiedConnection(socket, this.#upstream, () => this.#fault);
      this.#connections.add(connection);
      socket.on("close", () => this.#connections.delete(connection));
    });
    server.listen(this.#address.port, this.#address.host);
    await once(server, "listening");
    this.#server = server;
  }

  async setFault(fault: ProxyFault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === "silent" || fault.kind === "reset" || fault.kind === "refuse") this.#resetAll();
    else for (const connection of this.#connections) connection.didChangeFault();
    if (fault.kind === "refuse") await this.#stopListening();
    else if (this.#server === undefined) await this.listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resetAll();
    await this.#stopListening();
  }

  #resetAll(): void {
    for (const connection of this.#connections) connection.reset();
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    this.#resetAll();
    await once(server, "close");
  }
}
