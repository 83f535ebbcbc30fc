import { createServer } from "node:net";
import type { HostPort } from "../host-port.ts";
import { closeServer, listen } from "../listen.ts";
import type { InfrastructureRole, Network, Placement } from "./network.ts";
import { ZoneSpread } from "./zone-spread.ts";

const host = "127.0.0.1";

/**
 * For machines that have only 127.0.0.1 (macOS): ports of their own instead of addresses, told by SRV records alone.
 * An address no longer names a zone, so nobody gets `ZONE_CIDRS`.
 */
export class PortsOnlyNetwork implements Network {
  readonly kind = "ports-only";
  readonly cidr: string = `${host}/32`;
  readonly zoneCidrs = undefined;
  readonly #spread = new ZoneSpread();
  // All ports ever given out: like addresses, they are not reused while somebody may still know them.
  readonly #given = new Set<number>();

  infrastructure(_role: InfrastructureRole, _port: number): HostPort {
    return { host, port: 0 };
  }

  async place(service: string, _port: number): Promise<Placement> {
    const zone = this.#spread.take(service);
    return { host, port: await this.#freePort(), healthPort: await this.#freePort(), zone };
  }

  release(service: string, placement: Placement): void {
    this.#spread.giveBack(service, placement.zone);
  }

  /**
   * A port that nobody listens on. Another program could take it before the task binds; the task then ends, and its
   * replacement gets another one.
   */
  async #freePort(): Promise<number> {
    for (;;) {
      const server = createServer();
      const { port } = await listen(server, { host, port: 0 });
      await closeServer(server);
      if (this.#given.has(port)) continue;
      this.#given.add(port);
      return port;
    }
  }
}
