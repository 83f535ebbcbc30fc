/** The places that a server has for connections. In: addresses of peers that connect and leave. Out: the limit that one more would exceed. */

import type { ConnectionLimits } from "../connection-limits.ts";

export type ExceededLimit = "connections" | "connections-per-address";

export class ConnectionPlaces {
  readonly #limits: ConnectionLimits;
  #taken = 0;
  /** Empty without a limit per address. */
  readonly #takenByAddress = new Map<string, number>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Undefined: there was a place, and it is taken. `address`: undefined for a Unix socket, which has none. */
  take(address: string | undefined): ExceededLimit | undefined {
    if (this.#taken >= this.#limits.maxConnections) return "connections";
    if (this.#counts(address)) {
      const taken = this.#takenByAddress.get(address) ?? 0;
      if (taken >= this.#limits.maxConnectionsPerAddress) return "connections-per-address";
      this.#takenByAddress.set(address, taken + 1);
    }
    this.#taken += 1;
    return undefined;
  }

  /** Of a connection that has closed. */
  giveBack(address: string | undefined): void {
    this.#taken -= 1;
    if (!this.#counts(address)) return;
    const taken = this.#takenByAddress.get(address) ?? 0;
    if (taken > 1) this.#takenByAddress.set(address, taken - 1);
    else this.#takenByAddress.delete(address);
  }

  #counts(address: string | undefined): address is string {
    return address !== undefined && this.#limits.maxConnectionsPerAddress !== Number.POSITIVE_INFINITY;
  }
}
