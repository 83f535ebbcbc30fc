/** What a channel knows at one moment, for people and for `GET /v1/discovery`. Plain data: it can be printed as JSON. */

import type { Connectivity } from "./connectivity.ts";

/** The state of a channel at one moment. Plain data: it can be written as JSON. */
export interface ChannelSnapshot {
  readonly target: string;
  /** In order of preference. */
  readonly tiers: readonly TierState[];
  /** Calls that wait for an endpoint. */
  readonly waitingCalls: number;
  /** Tokens left for retries; below 1 failures go to the caller. */
  readonly retryBudget: number;
}

/** One tier: the endpoints that one strategy found. */
export interface TierState {
  /** The strategy: `env`, `lb`, `cloudmap`, `dns`. */
  readonly name: string;
  /** Calls go here. */
  readonly active: boolean;
  /** Known but not connected to: a better tier serves. */
  readonly standby: boolean;
  readonly endpoints: readonly EndpointSnapshot[];
  /** Since the last usable answer of the resolver, in ms; undefined before the first. */
  readonly ageMs: number | undefined;
  /** Why the last attempt to resolve brought nothing usable. */
  readonly lastError: string | undefined;
}

/** One endpoint and its connection. */
export interface EndpointSnapshot {
  readonly address: string;
  readonly name: string | undefined;
  readonly zone: string | undefined;
  readonly connectivity: Connectivity;
  readonly inFlight: number;
  readonly lastError: string | undefined;
}

/** One line that tells a caller why no endpoint could be had. */
export function explain(snapshot: ChannelSnapshot): string {
  const endpoints = new Map(
    snapshot.tiers.flatMap((tier) => tier.endpoints.map((endpoint) => [endpoint.address, endpoint] as const)),
  );
  const counts = new Map<Connectivity, number>();
  for (const { connectivity } of endpoints.values()) counts.set(connectivity, (counts.get(connectivity) ?? 0) + 1);
  const states = [...counts].map(([connectivity, count]) => `${count} ${connectivity}`);
  const known = endpoints.size === 0 ? "none known" : `${endpoints.size} known: ${states.join(", ")}`;
  const lastError = [...endpoints.values()].findLast((endpoint) => endpoint.lastError !== undefined)?.lastError;
  const unresolved = snapshot.tiers.flatMap((tier) => {
    const reason = tier.lastError ?? (isUnanswered(tier) ? "no answer yet" : undefined);
    return reason === undefined ? [] : [`${tier.name}: ${reason}`];
  });
  const reasons = [...(lastError === undefined ? [] : [`last error ${lastError}`]), ...unresolved];
  // Calls wait although something is ready: then it carries as many streams as it may.
  const what = counts.has("ready") ? "no endpoint with room for another stream" : "no ready endpoint";
  return `${what} for ${snapshot.target} (${[known, ...reasons].join("; ")})`;
}

/** The first question is still under way: a name server that does not answer is an error only after its deadline. */
function isUnanswered({ ageMs, standby }: TierState): boolean {
  return ageMs === undefined && !standby;
}
