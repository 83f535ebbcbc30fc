/**
 * A TCP load balancer. Comes in: its host and port. Goes out: each of its addresses several times, because it pins a
 * connection to one task, and one connection would send a whole client's calls there.
 */

import type { Endpoint } from "../endpoint.ts";
import { completeness, noAddress, shortestTtl } from "./dns.ts";
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
  /** Why there is no endpoint, as the last questions showed. */
  #reason = "";

  constructor(address: LoadBalancerAddress, client: DnsClient) {
    this.#address = address;
    this.#client = client;
  }

  get whenEmpty(): string {
    return this.#reason;
  }

  async resolve(): Promise<LookupAnswer> {
    const { host } = this.#address;
    const found = await this.#client.addresses(host);
    const { records } = found;
    if (found.outcome === "none" && !this.#wasFound) return this.#asGiven();
    if (records.length === 0) {
      this.#reason = noAddress(host, found);
      return { endpoints: [], isComplete: true, ttlMs: 0 };
    }
    this.#wasFound = true;
    return {
      endpoints: records.flatMap(({ address }) => laneEndpoints({ ...this.#address, host: address })),
      ttlMs: shortestTtl(records),
      ...completeness(records.length),
    };
  }

  cancel(): void {
    this.#client.close();
  }

  /**
   * DNS has never had the name. The connecting socket may find it, also where a name server was stated; otherwise its error is
   * the clearest one.
   */
  #asGiven(): LookupAnswer {
    return { endpoints: laneEndpoints(this.#address), isComplete: true, ttlMs: 0 };
  }
}

/** One endpoint for each connection to one address. */
export function laneEndpoints({ host, port, lanes }: LoadBalancerAddress): readonly Endpoint[] {
  return Array.from({ length: lanes }, (_, lane) => ({ host, port, kind: "load-balancer", lane }));
}
