/** What a channel knows at one moment, for people and for `GET /v1/discovery`. Plain data: it can be printed as JSON. */

import type { Connectivity } from "./connectivity.ts";
import type { Exclusion } from "./exclusions.ts";

/** The state of a channel at one moment. Plain data: it can be written as JSON. */
export interface ChannelSnapshot {
  readonly target: string;
  /** `host:port` of the HTTP proxy that opens the way to endpoints; undefined: connections are direct. */
  readonly proxy?: string | undefined;
  /** Why the part of the client that connects could not be loaded: a later call tries it again. Undefined: it was, or is being loaded. */
  readonly transportError?: string | undefined;
  /** In order of preference. Empty until the part of the client that finds endpoints is loaded, some ms after the channel was made. */
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
  /** Why health keeps calls from it, also while it is ready; undefined: it is eligible. */
  readonly ineligible: Exclusion | undefined;
  /** Discovery no longer lists it. It serves calls when the others are busy, and is removed after a minute. */
  readonly isReserve: boolean;
  /** Connections that have not closed: the current one, extra ones, one that is being made, and those that drain. */
  readonly connections: number;
  /** Calls from their pick to the end of their stream. */
  readonly inFlight: number;
  readonly lastError: string | undefined;
}

/** For errors, in one line: why no endpoint takes a call. */
export function explain(snapshot: ChannelSnapshot): string {
  if (snapshot.tiers.length === 0)
    return `no ready endpoint for ${snapshot.target} (${snapshot.transportError ?? "the client is still loading its code"})`;
  const endpoints = new Map(
    snapshot.tiers.flatMap((tier) => tier.endpoints.map((endpoint) => [endpoint.address, endpoint] as const)),
  );
  const counts = new Map<string, number>();
  for (const endpoint of endpoints.values()) counts.set(stateOf(endpoint), (counts.get(stateOf(endpoint)) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`);
  const known = endpoints.size === 0 ? "none known" : `${endpoints.size} known: ${states.join(", ")}`;
  const lastError = [...endpoints.values()].findLast((endpoint) => endpoint.lastError !== undefined)?.lastError;
  const unresolved = snapshot.tiers.flatMap((tier) => {
    const reason = tier.lastError ?? (isUnanswered(tier) ? "no answer yet" : undefined);
    return reason === undefined ? [] : [`${tier.name}: ${reason}`];
  });
  const reasons = [...(lastError === undefined ? [] : [`last error ${lastError}`]), ...unresolved];
  return `${whatIsMissing([...endpoints.values()])} for ${snapshot.target} (${[known, ...reasons].join("; ")})`;
}

/** `ready`, or `ready but ejected`. */
function stateOf({ connectivity, ineligible }: EndpointSnapshot): string {
  return connectivity === "ready" && ineligible !== undefined ? `ready but ${ineligible}` : connectivity;
}

function whatIsMissing(endpoints: readonly EndpointSnapshot[]): string {
  const ready = endpoints.filter(({ connectivity }) => connectivity === "ready");
  if (ready.length === 0) return "no ready endpoint";
  if (ready.every(({ ineligible }) => ineligible !== undefined)) return "no eligible endpoint";
  return "no endpoint with room for another stream";
}

/** The first question is still under way: a name server that does not answer is an error only after its deadline. */
function isUnanswered({ ageMs, standby }: TierState): boolean {
  return ageMs === undefined && !standby;
}
