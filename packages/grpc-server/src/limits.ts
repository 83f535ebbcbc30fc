/** The limits of connections that clients have reached: counts for the metrics, and an event for the log. */

/**
 * What was limited: see `ServerLimit` of `@agent-team/http2`; and connections whose protocol was not known in time, requests that did not come,
 * connections in all and from one address, connections without calls.
 */
export const LIMITS = [
  "streams",
  "resets",
  "header-list",
  "frames",
  "handshake",
  "slow-request",
  "connections",
  "connections-per-address",
  "idle",
] as const;

/** How long the one request of a call may take: 4 MiB, the largest, at half a megabit per second. */
export const MAX_REQUEST_MS = 60_000;

export type Limit = (typeof LIMITS)[number];

export class LimitCounts {
  readonly #counts = new Map<Limit, number>();
  readonly #onLimit: (limit: Limit) => void;

  constructor(onLimit: (limit: Limit) => void) {
    this.#onLimit = onLimit;
  }

  countOf(limit: Limit): number {
    return this.#counts.get(limit) ?? 0;
  }

  didReach(limit: Limit): void {
    this.#counts.set(limit, this.countOf(limit) + 1);
    this.#onLimit(limit);
  }
}
