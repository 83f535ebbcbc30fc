/**
 * Looks up a TCP load balancer. In: its host and port. Out: several endpoints (lanes) for each of its addresses. The load
 * balancer forwards each connection to one task, so a single connection would send all calls of a client to one task.
 */

import { completeness, isNothing, noAddress, shortestTtl } from "./dns.ts";
import type { DnsClient } from "./dns-client.ts";
import { type LoadBalancerAddress, laneEndpoints } from "./lanes.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

export class LoadBalancerLookup implements Lookup {
  readonly #address: LoadBalancerAddress;
  readonly #client: DnsClient;
  #wasFound = false;
  /** Why the last lookup found no endpoint. */
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
      return { endpoints: [], isComplete: isNothing([found]), ttlMs: 0 };
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
   * For a name that DNS has never had. The connecting socket looks the name up itself, also if the target names a name server;
   * if that fails, the socket's error is the clearest one.
   */
  #asGiven(): LookupAnswer {
    return { endpoints: laneEndpoints(this.#address), isComplete: true, ttlMs: 0 };
  }
}
