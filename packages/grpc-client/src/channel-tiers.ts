/** The tiers of a channel: a resolver for each strategy of its target, and the file that remembers their endpoints. */

import type { ResolvedChannelOptions } from "./channel-options.ts";
import type { EndpointKey } from "./endpoint.ts";
import { createResolver } from "./resolver/create.ts";
import type { Reach } from "./resolver/resolver.ts";
import { SavedEndpoints } from "./resolver/saved-endpoints.ts";
import type { Tier } from "./resolver/tiers.ts";
import type { Target } from "./target.ts";

export interface TierDeps {
  readonly file: SavedEndpoints | undefined;
  readonly reachOf: (key: EndpointKey) => Reach;
  /** Names are not resolved: a proxy does that. */
  readonly keepsNames: boolean;
}

/** One tier for each strategy of the target, or for each resolver that the options give in its place. */
export function tiersOf(
  { tiers, prefix, dnsServer, zones }: Target,
  { resolvers, clock, random, loadBalancerConnections: lanes, minRefreshMs: minTtlMs }: ResolvedChannelOptions,
  { file, reachOf, keepsNames }: TierDeps,
): Tier[] {
  if (resolvers !== undefined) return resolvers.map((resolver, i) => ({ name: `resolver ${i}`, resolver }));
  return tiers.map((tier) => ({
    name: tier.strategy,
    resolver: createResolver(tier, {
      clock,
      random,
      dnsServer,
      zones,
      lanes,
      minTtlMs,
      reachOf,
      keepsNames,
      openMemory: file && (() => file.memoryOf(tier.strategy)),
    }),
    whenTruncated: tier.strategy === "dns" ? listsAllTasks(prefix) : undefined,
  }));
}

/** Undefined: neither options nor target name a file, or the resolvers are not the target's. */
export function openEndpointFile(
  { name, lastKnownGoodFile: ofTarget }: Target,
  { lastKnownGoodFile: path = ofTarget, resolvers, clock }: ResolvedChannelOptions,
  onIgnored: (path: string, reason: string) => void,
): SavedEndpoints | undefined {
  if (path === undefined || resolvers !== undefined) return undefined;
  return new SavedEndpoints({ path, target: name, clock, onIgnored: (reason) => onIgnored(path, reason) });
}

/** DNS shows eight tasks of a service. */
function listsAllTasks(prefix: string | undefined): string {
  const how = prefix === undefined ? "use cloudmap:namespace/service" : `set ${prefix}_CLOUD_MAP=namespace/service`;
  return `${how}: Cloud Map's API lists all tasks`;
}
