import { createServer } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import { closeServer, listen } from "../listen.ts";
import type { Placement } from "../placement.ts";
import type { InfrastructureRole, Network } from "./network.ts";
import { ZoneSpread } from "./zone-spread.ts";

const HOST = "127.0.0.1";

/**
 * For machines where only 127.0.0.1 can be bound (macOS): each task gets ports of its own, which clients learn from SRV
 * records. An address does not identify a zone, so tasks get no `ZONE_CIDRS`.
 */
export class PortsOnlyNetwork implements Network {
  readonly kind = "ports-only";
  readonly cidr: string = `${HOST}/32`;
  readonly zoneCidrs = undefined;
  readonly #spread = new ZoneSpread();
  // Every port ever assigned: a client may still hold an old one, so none is reused.
  readonly #assigned = new Set<number>();

  infrastructure(_role: InfrastructureRole, _port: number): HostPort {
    return { host: HOST, port: 0 };
  }

  async place(service: string, _port: number): Promise<Placement> {
    const zone = this.#spread.take(service);
    return { host: HOST, port: await this.#freePort(), healthPort: await this.#freePort(), zone };
  }

  release(service: string, placement: Placement): void {
    this.#spread.giveBack(service, placement.zone);
  }

  /**
   * A port without a listener. Another program can bind it before the task does; the task then ends, and its replacement
   * gets another port.
   */
  async #freePort(): Promise<number> {
    for (;;) {
      const server = createServer();
      const { port } = await listen(server, { host: HOST, port: 0 });
      await closeServer(server);
      if (this.#assigned.has(port)) continue;
      this.#assigned.add(port);
      return port;
    }
  }
}
