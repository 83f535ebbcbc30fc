/** Makes the resolver of a tier. In: the tier's configuration. Out: a resolver that has not started. */

import { type HostPort, isIpAddress, isLocalhost } from "@agent-team/foundation/host-port";
import type { Endpoint } from "../endpoint.ts";
import type { TierConfig } from "../target.ts";
import { ZoneMap } from "../zone.ts";
import { StaticResolver } from "./env.ts";
import { laneEndpoints } from "./lanes.ts";
import { LoadedResolver } from "./loaded-resolver.ts";
import type { PollingResolverDeps } from "./polling-resolvers.ts";
import type { Resolver } from "./resolver.ts";

export interface ResolverDeps extends PollingResolverDeps {
  /** Names are not looked up here: the channel's proxy does it. Default false. */
  readonly keepsNames?: boolean | undefined;
}

export function createResolver(tier: TierConfig, deps: ResolverDeps): Resolver {
  const listed = listedEndpoints(tier, deps);
  if (listed !== undefined) return new StaticResolver(listed);
  return new LoadedResolver(tier.strategy, deps.clock, async () => {
    const { createPollingResolver } = await import("./polling-resolvers.ts");
    return createPollingResolver(tier, deps);
  });
}

/** The endpoints of a tier for which no server has to be asked; undefined for any other. */
function listedEndpoints(
  tier: TierConfig,
  { zones = ZoneMap.empty, lanes, keepsNames = false }: ResolverDeps,
): readonly Endpoint[] | undefined {
  const task = ({ host, port }: HostPort): Endpoint => ({
    host,
    port,
    kind: "task",
    lane: 0,
    zone: zones.zoneOf(host),
  });
  switch (tier.strategy) {
    case "env":
      return tier.endpoints.map(task);
    case "lb":
      return keepsNames || needsNoServer(tier.host) ? laneEndpoints({ ...tier, lanes }) : undefined;
    case "dns":
      return keepsNames || needsNoServer(tier.name)
        ? [task({ host: tier.name, port: tier.port ?? tier.defaultPort })]
        : undefined;
    case "cloudmap":
      return undefined;
  }
}

function needsNoServer(host: string): boolean {
  return isIpAddress(host) || isLocalhost(host);
}
