import { LocalCloudError } from "../errors.ts";
import type { HostPort } from "../host-port.ts";
import type { InfrastructureRole, Network, Placement } from "./network.ts";
import { zones } from "./network.ts";
import { ZoneSpread } from "./zone-spread.ts";

/** `127.10.0.0/16`: the contract's address block. */
export const defaultVpc = "127.10.0.0/16";

const sidePort = 8080;
// AWS keeps the first four addresses of a subnet and the last one; a few more leave room for things to come.
const firstHost = 10;
const lastHost = 250;

/**
 * A loopback address of its own for each task, in subnets like the real private ones (x.y.10.0/24 and x.y.11.0/24), so
 * that contract ports and zone CIDRs hold on one machine. An address comes back only after the whole subnet was used:
 * a client with an old address meets silence, as in the cloud, and not another task.
 */
export class LoopbackNetwork implements Network {
  readonly kind = "loopback";
  readonly cidr: string;
  readonly zoneCidrs: string;
  readonly #prefix: string;
  readonly #spread = new ZoneSpread();
  readonly #inUse = new Set<string>();
  readonly #next = new Map<string, number>(zones.map((zone) => [zone, firstHost]));

  /** `vpc`: a /16 inside 127.0.0.0/8. */
  constructor(vpc: string) {
    this.#prefix = prefixOf(vpc);
    this.cidr = vpc;
    this.zoneCidrs = zones.map((zone) => `${this.#subnet(zone)}.0/24=${zone}`).join(",");
  }

  infrastructure(role: InfrastructureRole, port: number): HostPort {
    // .2 is where every VPC has its resolver.
    const hosts = { dns: 2, metadata: 3, nlb: 5, journal: 6 } as const;
    return { host: `${this.#prefix}.0.${hosts[role]}`, port };
  }

  place(service: string, port: number): Promise<Placement> {
    const zone = this.#spread.take(service);
    const host = this.#freeHost(zone);
    this.#inUse.add(host);
    return Promise.resolve({ host, port, healthPort: sidePort, zone });
  }

  release(service: string, placement: Placement): void {
    this.#inUse.delete(placement.host);
    this.#spread.giveBack(service, placement.zone);
  }

  #freeHost(zone: string): string {
    for (let tried = 0; tried <= lastHost - firstHost; tried++) {
      const last = this.#next.get(zone) ?? firstHost;
      this.#next.set(zone, last === lastHost ? firstHost : last + 1);
      const host = `${this.#subnet(zone)}.${last}`;
      if (!this.#inUse.has(host)) return host;
    }
    throw new LocalCloudError(`zone ${zone} is full: ${lastHost - firstHost + 1} tasks`);
  }

  #subnet(zone: string): string {
    return `${this.#prefix}.${10 + zones.indexOf(zone)}`;
  }
}

function prefixOf(vpc: string): string {
  const match = /^127\.(\d{1,3})\.0\.0\/16$/.exec(vpc);
  if (match === null || Number(match[1]) > 255) {
    throw new LocalCloudError(`vpc: expected a /16 of 127.0.0.0/8 such as ${defaultVpc}, got ${vpc}`);
  }
  return `127.${Number(match[1])}`;
}
