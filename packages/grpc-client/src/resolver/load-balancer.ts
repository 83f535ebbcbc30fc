/**
 * A TCP load balancer. Comes in: its host and port. Goes out: each of its addresses several times, because it pins a
 * connection to one task, and one connection would send a whole client's calls there.
 */

import type { Endpoint } from "../endpoint.ts";
import { completeness, noRecords, shortestTtl } from "./dns.ts";
import type { DnsClient } from "./dns-client.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

export interface LoadBalancerAddress {
  readonly host: string;
  readonly port: number;
  /** Connections to each address. */
  readonly lanes: number;
}

export class LoadBalancerLookup implements Lookup {
  readonly #address: LoadBalancerAddress;
  readonly #client: DnsClient;
  #wasFound = false;

  constructor(address: LoadBalancerAddress, client: DnsClient) {
    this.#address = address;
    this.#client = client;
  }

  get whenEmpty(): string {
    return noRecords(this.#address.host);
  }

  async resolve(): Promise<LookupAnswer> {
    const records = await this.#client.addresses(this.#address.host);
    if (records.length === 0 && !this.#wasFound) return this.#asGiven();
    this.#wasFound = true;
    return {
      endpoints: records.flatMap(({ address }) => laneEndpoints({ ...this.#address, host: address })),
      ttlMs: shortestTtl(records),
      ...completeness(records.length),
    };
  }

  cancel(): void {
    this.#client.cancel();
  }

  /** DNS never knew the name; the hosts file may, and the connecting socket asks both. If neither does, connecting says so. */
  #asGiven(): LookupAnswer {
    return { endpoints: laneEndpoints(this.#address), isComplete: true, ttlMs: 0 };
  }
}

/** One endpoint for each connection to one address. */
export function laneEndpoints({ host, port, lanes }: LoadBalancerAddress): readonly Endpoint[] {
  return Array.from({ length: lanes }, (_, lane) => ({ host, port, kind: "load-balancer", lane }));
}
