/** Makes the resolvers that ask a server, again and again: DNS, or Cloud Map's API. They are loaded when a channel has one. */

import type { HostPort } from "@agent-team/foundation/host-port";
import type { TierConfig } from "../target.ts";
import { ZoneMap } from "../zone.ts";
import { DnsLookup } from "./dns.ts";
import { DnsClient } from "./dns-client.ts";
import type { EndpointMemory } from "./endpoint-file.ts";
import { LoadBalancerLookup } from "./load-balancer.ts";
import { type Lookup, type PollingDeps, PollingResolver } from "./polling.ts";
import { PriorityResolver } from "./priorities.ts";
import type { Resolver } from "./resolver.ts";

export interface PollingResolverDeps extends Omit<PollingDeps, "memory"> {
  /** The name server. Default: the system's name servers. */
  readonly dnsServer?: HostPort | undefined;
  /** The zones of addresses. Default: no address has a zone. */
  readonly zones?: ZoneMap | undefined;
  /** Connections to each address of a load balancer. */
  readonly lanes: number;
  /** Shortest TTL of an answer, in ms. */
  readonly minTtlMs: number;
  /** Opens what saves the endpoints for the next process. Default: they are not saved. */
  readonly openMemory?: (() => Promise<EndpointMemory | undefined>) | undefined;
}

export async function createPollingResolver(tier: TierConfig, deps: PollingResolverDeps): Promise<Resolver> {
  const lookup = await createLookup(tier, deps);
  const resolver = new PollingResolver(lookup, { ...deps, memory: await deps.openMemory?.() }, deps);
  // Priorities come from SRV records, which are queried only for a name without a port.
  return tier.strategy === "dns" && tier.port === undefined ? new PriorityResolver(resolver, deps.clock) : resolver;
}

async function createLookup(
  tier: TierConfig,
  { clock, dnsServer, zones = ZoneMap.empty, lanes }: PollingResolverDeps,
): Promise<Lookup> {
  switch (tier.strategy) {
    case "lb":
      return new LoadBalancerLookup(
        { host: tier.host, port: tier.port, lanes },
        new DnsClient({ clock, server: dnsServer }),
      );
    case "dns":
      return new DnsLookup(tier, new DnsClient({ clock, server: dnsServer }), zones);
    case "cloudmap": {
      const { openCloudMap } = await import("./cloud-map.ts");
      return openCloudMap(tier, { clock, zones });
    }
    case "env":
      throw new TypeError("addresses that are listed are not asked for");
  }
}
