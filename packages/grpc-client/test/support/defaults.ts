/** The channel's default options, for tests of parts that the channel gives them to. */

import { resolveChannelOptions } from "../../src/channel-options.ts";

const { loadBalancerConnections: lanes, minRefreshMs: minTtlMs, failoverMs, failbackMs } = resolveChannelOptions({});

export const RESOLVER_DEFAULTS: { readonly lanes: number; readonly minTtlMs: number } = { lanes, minTtlMs };
export const TIER_DEFAULTS: { readonly failoverMs: number; readonly failbackMs: number } = { failoverMs, failbackMs };

/** For a clock that jumps while bytes are on their way, which looks as if the peer were silent. */
export const NO_PINGS: { readonly firstBytePingMs: number; readonly keepaliveTimeMs: number } = {
  firstBytePingMs: Number.POSITIVE_INFINITY,
  keepaliveTimeMs: Number.POSITIVE_INFINITY,
};
