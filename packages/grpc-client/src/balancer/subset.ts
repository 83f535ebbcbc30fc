/**
 * Which endpoints of a large set this client connects to. A thousand clients of a thousand tasks would else keep a million
 * connections. In: sets, and which endpoints are usable. Out: a part of each set that is above the size.
 *
 * Rendezvous hashing: each endpoint has a rank, a hash of the client's id and the address, and the first ones are the subset. Clients
 * have different subsets, an endpoint that is added or removed moves one place, and all endpoints get equally many clients.
 * Endpoints of the client's zone come first, and before that the lowest SRV priority.
 *
 * The next one in rank stands in for an endpoint that has not been usable for 10 s, and leaves again when that one is.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { type Endpoint, type EndpointKey, EndpointSet, priorityOf } from "../endpoint.ts";

/** Longer than a reconnect and than most restarts, so that a deployment does not move the subset along. */
const STAND_IN_MS = 10_000;

export interface SubsetDeps {
  readonly clock: Clock;
  /** How many endpoints of a set are connected. Infinity: all. */
  readonly size: number;
  /** A number of 32 bits that other clients do not have. Asked for once, when the first subset is selected. */
  readonly clientId: () => number;
  readonly ownZone: () => string | undefined;
  /** Whether calls can go to the endpoint now. */
  readonly isUsable: (key: EndpointKey) => boolean;
  /** The subsets are to be selected again. */
  readonly onChange: () => void;
}

export class Subset {
  readonly #deps: SubsetDeps;
  /** Since when members of the subsets have not been usable. */
  readonly #unusableSinceMs = new Map<EndpointKey, number>();
  #timer: Timer | undefined;
  #clientId: number | undefined;

  constructor(deps: SubsetDeps) {
    this.#deps = deps;
  }

  /** The part of each set that is connected; a set that is not above the size as it is. */
  select(sets: readonly EndpointSet[]): readonly EndpointSet[] {
    const { size } = this.#deps;
    if (sets.every((set) => set.size <= size)) return sets;
    const selected = sets.map((set) => (set.size <= size ? set : this.#partOf(set)));
    for (const key of this.#unusableSinceMs.keys())
      if (!selected.some((set) => set.has(key))) this.#unusableSinceMs.delete(key);
    return selected;
  }

  /** The connectivity or the eligibility of a member may have changed. */
  observe(sets: readonly EndpointSet[]): void {
    if (this.#deps.size === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#deps.clock.now();
    let isReplaced = false;
    for (const set of sets) {
      if (set.size < this.#deps.size) continue;
      for (const key of set.keys()) if (this.#observe(key, nowMs)) isReplaced = true;
    }
    this.#setTimer(nowMs);
    if (isReplaced) this.#deps.onChange();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Returns whether another endpoint stood in for it, and is not needed any more. */
  #observe(key: EndpointKey, nowMs: number): boolean {
    const sinceMs = this.#unusableSinceMs.get(key);
    if (!this.#deps.isUsable(key)) {
      if (sinceMs === undefined) this.#unusableSinceMs.set(key, nowMs);
      return false;
    }
    this.#unusableSinceMs.delete(key);
    return sinceMs !== undefined && nowMs - sinceMs >= STAND_IN_MS;
  }

  #setTimer(nowMs: number): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const sinceMs of this.#unusableSinceMs.values()) {
      const dueMs = sinceMs + STAND_IN_MS;
      if (dueMs > nowMs && dueMs < nextMs) nextMs = dueMs;
    }
    this.#timer?.cancel();
    this.#timer =
      nextMs === Number.POSITIVE_INFINITY
        ? undefined
        : this.#deps.clock.setTimer(nextMs - nowMs, () => this.#deps.onChange(), { unref: true });
  }

  #partOf(set: EndpointSet): EndpointSet {
    const nowMs = this.#deps.clock.now();
    const chosen: Endpoint[] = [];
    let counted = 0;
    for (const { key, endpoint } of this.#rank(set)) {
      if (counted === this.#deps.size) break;
      chosen.push(endpoint);
      const sinceMs = this.#unusableSinceMs.get(key);
      if (sinceMs === undefined || nowMs - sinceMs < STAND_IN_MS) counted++;
    }
    return new EndpointSet(chosen);
  }

  #rank(set: EndpointSet): { key: EndpointKey; endpoint: Endpoint }[] {
    const { clientId, ownZone } = this.#deps;
    const zone = ownZone();
    const id = (this.#clientId ??= clientId());
    return [...set.entries()]
      .map(([key, endpoint]) => ({
        key,
        endpoint,
        priority: priorityOf(endpoint),
        remote: zone !== undefined && endpoint.zone !== undefined && endpoint.zone !== zone ? 1 : 0,
        hash: hashOf(key, id),
      }))
      .sort((a, b) => a.priority - b.priority || a.remote - b.remote || a.hash - b.hash);
  }
}

/** FNV-1a with the client's id as its start, and the last step of MurmurHash3, because FNV alone keeps similar addresses together. */
function hashOf(key: EndpointKey, clientId: number): number {
  let hash = (0x811c9dc5 ^ clientId) | 0;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
