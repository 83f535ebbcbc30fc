/** Makes the resolver of a tier. In: the tier's configuration. Out: a resolver that has not started. */

import { type HostPort, isIpAddress, isLocalhost } from "@agent-team/foundation/host-port";
import type { Endpoint } from "../endpoint.ts";
import type { TierConfig } from "../target.ts";
import { ZoneMap } from "../zone.ts";
import { CloudMapLookup } from "./cloud-map.ts";
import { CloudMapClient } from "./cloud-map-client.ts";
import { DnsLookup } from "./dns.ts";
import { DnsClient } from "./dns-client.ts";
import { StaticResolver } from "./env.ts";
import { LoadBalancerLookup, laneEndpoints } from "./load-balancer.ts";
import { type Lookup, type PollingDeps, PollingResolver } from "./polling.ts";
import { PriorityResolver } from "./priorities.ts";
import type { Resolver } from "./resolver.ts";

export interface ResolverDeps extends PollingDeps {
  /** The name server. Default: the system's name servers. */
  readonly dnsServer?: HostPort | undefined;
  /** The zones of addresses. Default: no address has a zone. */
  readonly zones?: ZoneMap | undefined;
  /** Connections to each address of a load balancer. */
  readonly lanes: number;
  /** Shortest TTL of an answer, in ms. */
  readonly minTtlMs: number;
  /** Names are not looked up here: the channel's proxy does it. Default false. */
  readonly keepsNames?: boolean | undefined;
}

export function createResolver(tier: TierConfig, deps: ResolverDeps): Resolver {
  const { clock, dnsServer, zones = ZoneMap.empty, lanes, keepsNames = false } = deps;
  const polling = (lookup: (client: DnsClient) => Lookup): Resolver =>
    new PollingResolver(lookup(new DnsClient({ clock, server: dnsServer })), deps, deps);
  switch (tier.strategy) {
    case "env":
      return new StaticResolver(tier.endpoints.map((address) => task(address, zones)));
    case "lb": {
      const address = { host: tier.host, port: tier.port, lanes };
      if (keepsNames || needsNoServer(tier.host)) return new StaticResolver(laneEndpoints(address));
      return polling((client) => new LoadBalancerLookup(address, client));
    }
    case "cloudmap":
      return new PollingResolver(
        new CloudMapLookup(tier, new CloudMapClient(tier, clock), { clock, zones }),
        deps,
        deps,
      );
    case "dns": {
      const { name, port, defaultPort } = tier;
      if (keepsNames || needsNoServer(name))
        return new StaticResolver([task({ host: name, port: port ?? defaultPort }, zones)]);
      const resolver = polling((client) => new DnsLookup(tier, client, zones));
      // Priorities come from SRV records, which are queried only for a name without a port.
      return port === undefined ? new PriorityResolver(resolver, clock) : resolver;
    }
  }
}

function needsNoServer(host: string): boolean {
  return isIpAddress(host) || isLocalhost(host);
}

function task({ host, port }: HostPort, zones: ZoneMap): Endpoint {
  return { host, port, kind: "task", lane: 0, zone: zones.zoneOf(host) };
}
