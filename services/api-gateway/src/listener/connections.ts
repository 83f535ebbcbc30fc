/**
 * Limits the listener's connections, in all and for each address. In: each new connection, and the start and end of each
 * request. Out: whether the connection is admitted. At a limit, a connection without a request is closed in its favour:
 * the oldest that has never sent a request, then the one that has been idle longest. A connection with a request in
 * flight is never closed. So a client that opens thousands of connections and sends nothing does not delay other clients.
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
  /** Connections that have sent no whole request yet. */
  readonly silent: Set<Socket> = new Set();
  /** Connections between two requests. */
  readonly idle: Set<Socket> = new Set();
  size = 0;

  constructor(address: string) {
    this.address = address;
  }

  /** The connection to close next; `undefined` when each has a request in flight. */
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

  /** `false` when a limit is reached and every connection below it has a request in flight. */
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
    if (connection === undefined) return; // closed before its response was complete
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
