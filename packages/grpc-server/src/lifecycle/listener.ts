import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { Clock, Timer } from "@agent-team/grpc-client";
import { type ConnectionInjector, type Server, ServerCredentials } from "@grpc/grpc-js";
import { type BindAddress, bind } from "./bind.ts";

/**
 * How long a peer may take to close a connection whose last byte we have sent. A client closes within a round trip;
 * a peer that never looks at its socket would hold up the end of the process.
 */
const lingerMs = 1_000;

/**
 * The listening socket and the connections it has accepted, in generations: `goAway()` asks one generation to leave
 * while the next is served already. grpc-js cannot do that with a port it has bound itself, because there a drain
 * stops accepting; so we accept and hand the sockets over, one injector per generation.
 */
export class Listener {
  readonly #grpc: Server;
  readonly #net: NetServer;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #disconnected = Promise.withResolvers<void>();
  #generation: ConnectionInjector;
  #listening = true;

  constructor(grpc: Server, clock: Clock) {
    this.#grpc = grpc;
    this.#clock = clock;
    this.#generation = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#net = createServer((socket) => this.#didAccept(socket));
  }

  /** @throws ConfigError when the address cannot be had */
  listen(address: BindAddress, onAcceptError: (error: Error) => void): Promise<number> {
    return bind(this.#net, address, onAcceptError);
  }

  goAway(): void {
    const leaving = this.#generation;
    this.#generation = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    // Despite its name this sends GOAWAY and lets each connection finish its streams (grpc-js 1.14.7). `drain()` does
    // the same with a timer, which also kills what was injected after it.
    leaving.destroy();
  }

  stopListening(): void {
    this.#listening = false;
    this.#net.close();
    this.#generation.destroy();
    this.#resolveIfDisconnected();
  }

  /** Resolves when nothing listens and no connection is left. */
  disconnected(): Promise<void> {
    return this.#disconnected.promise;
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #didAccept(socket: Socket): void {
    this.#sockets.add(socket);
    let linger: Timer | undefined;
    socket.once("finish", () => {
      linger = this.#clock.setTimer(lingerMs, () => socket.destroy());
    });
    socket.once("close", () => {
      linger?.cancel();
      this.#sockets.delete(socket);
      this.#resolveIfDisconnected();
    });
    this.#generation.injectConnection(socket);
  }

  #resolveIfDisconnected(): void {
    if (!this.#listening && this.#sockets.size === 0) this.#disconnected.resolve();
  }
}
