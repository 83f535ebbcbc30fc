import type { HostPort } from "@agent-team/foundation/host-port";
import { LocalCloudError } from "../errors.ts";
import type { Placement } from "../placement.ts";
import { type InfrastructureRole, type Network, ZONES } from "./network.ts";
import { ZoneSpread } from "./zone-spread.ts";

/** The port of a task's health endpoints. */
const HEALTH_PORT = 8080;
// AWS reserves the first four addresses of a subnet and the last one; the range leaves some more unused.
const FIRST_HOST = 10;
const LAST_HOST = 250;
/** Last octet of the parts that listen themselves, in subnet x.y.0.0/24. AWS has the VPC's resolver at .2. */
const INFRASTRUCTURE_HOSTS: Readonly<Record<InfrastructureRole, number>> = { dns: 2, metadata: 3, nlb: 5, journal: 6 };

/**
 * Gives each task a loopback address of its own, in subnets like the private ones on AWS (x.y.10.0/24 and x.y.11.0/24), so
 * that contract ports and zone CIDRs hold on one machine. It reuses an address only after all others of the subnet, so
 * that a client with a stale address does not reach another task.
 */
export class LoopbackNetwork implements Network {
  readonly kind = "loopback";
  readonly cidr: string;
  readonly zoneCidrs: string;
  readonly #prefix: string;
  readonly #spread = new ZoneSpread();
  readonly #inUse = new Set<string>();
  readonly #next = new Map<string, number>(ZONES.map((zone) => [zone, FIRST_HOST]));

  /** `vpc`: a /16 inside 127.0.0.0/8. */
  constructor(vpc: string) {
    this.#prefix = prefixOf(vpc);
    this.cidr = vpc;
    this.zoneCidrs = ZONES.map((zone) => `${this.#subnet(zone)}.0/24=${zone}`).join(",");
  }

  infrastructure(role: InfrastructureRole, port: number): HostPort {
    return { host: `${this.#prefix}.0.${INFRASTRUCTURE_HOSTS[role]}`, port };
  }

  place(service: string, port: number): Promise<Placement> {
    const zone = this.#spread.take(service);
    const host = this.#freeHost(zone);
    this.#inUse.add(host);
    return Promise.resolve({ host, port, healthPort: HEALTH_PORT, zone });
  }

  release(service: string, placement: Placement): void {
    this.#inUse.delete(placement.host);
    this.#spread.giveBack(service, placement.zone);
  }

  #freeHost(zone: string): string {
    for (let tried = 0; tried <= LAST_HOST - FIRST_HOST; tried++) {
      const last = this.#next.get(zone) ?? FIRST_HOST;
      this.#next.set(zone, last === LAST_HOST ? FIRST_HOST : last + 1);
      const host = `${this.#subnet(zone)}.${last}`;
      if (!this.#inUse.has(host)) return host;
    }
    throw new LocalCloudError(`zone ${zone} is full: ${LAST_HOST - FIRST_HOST + 1} tasks`);
  }

  #subnet(zone: string): string {
    return `${this.#prefix}.${10 + ZONES.indexOf(zone)}`;
  }
}

function prefixOf(vpc: string): string {
  const match = /^127\.(\d{1,3})\.0\.0\/16$/.exec(vpc);
  if (match === null || Number(match[1]) > 255) {
    throw new LocalCloudError(`vpc: expected a /16 of 127.0.0.0/8 such as 127.10.0.0/16, got ${vpc}`);
  }
  return `127.${Number(match[1])}`;
}
