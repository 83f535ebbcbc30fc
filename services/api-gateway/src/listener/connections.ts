/**
 * Who holds the listener's connections. In come connections, and when their requests start and end; out goes room for one
 * more connection. Where a limit is reached, a connection without a request makes way: the oldest of those that never
 * sent one, then the one that has been idle longest. A connection with a request in flight is never closed. So a
 * caller that opens thousands and stays silent does not delay other callers.
 */

import type { Socket } from "node:net";

export interface ConnectionLimits {
  /** Connections at once, over all addresses. */
  readonly max: number;
  /** Connections at once from one address. */
  readonly maxPerAddress: number;
}

/** The connections of one address, or all of them. A Set keeps the order in which they were added. */
class Group {
  readonly address: string;
  /** Have sent no whole request yet. */
  readonly silent: Set<Socket> = new Set();
  /** Are between two requests. */
  readonly idle: Set<Socket> = new Set();
  size = 0;

  constructor(address: string) {
    this.address = address;
  }

  /** The connection that makes way, if any can. */
  get expendable(): Socket | undefined {
    const [oldest] = this.silent.size > 0 ? this.silent : this.idle;
    return oldest;
  }

  setBusy(socket: Socket): void {
    this.silent.delete(socket);
    this.idle.delete(socket);
  }

  remove(socket: Socket): void {
    this.setBusy(socket);
    this.size -= 1;
  }
}

interface Connection {
  readonly groups: readonly [own: Group, all: Group];
  /** More than one when the client pipelines. */
  requestsInFlight: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #all = new Group("");
  readonly #byAddress = new Map<string, Group>();
  readonly #connections = new Map<Socket, Connection>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Takes an accepted connection. `false`: every connection that could make way has a request in flight. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? "";
    const own = this.#byAddress.get(address) ?? new Group(address);
    if (!this.#hasRoom(own, this.#limits.maxPerAddress) || !this.#hasRoom(this.#all, this.#limits.max)) return false;

    this.#byAddress.set(address, own);
    const groups = [own, this.#all] as const;
    for (const group of groups) {
      group.size += 1;
      group.silent.add(socket);
    }
    this.#connections.set(socket, { groups, requestsInFlight: 0 });
    socket.once("close", () => this.#release(socket));
    return true;
  }

  didStartRequest(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.requestsInFlight += 1;
    for (const group of connection.groups) group.setBusy(socket);
  }

  didEndRequest(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return; // closed before its answer was complete
    connection.requestsInFlight -= 1;
    if (connection.requestsInFlight === 0) for (const group of connection.groups) group.idle.add(socket);
  }

  #hasRoom(group: Group, max: number): boolean {
    if (group.size < max) return true;
    const socket = group.expendable;
    if (socket === undefined) return false;
    this.#release(socket);
    socket.destroy();
    return true;
  }

  #release(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    this.#connections.delete(socket);
    for (const group of connection.groups) group.remove(socket);
    const [own] = connection.groups;
    if (own.size === 0) this.#byAddress.delete(own.address);
  }
}
