/** Where a call can go, and the immutable sets that resolvers publish. */

import { formatHostPort } from "@agent-team/foundation/host-port";

/** One place that accepts connections. */
export interface Endpoint {
  /**
   * IP address, or a host name that only the connecting socket looks up (the environment strategy keeps names as given). With port 0 a
   * Unix domain socket: `unix:PATH`, or `unix-abstract:NAME`.
   */
  readonly host: string;
  readonly port: number;
  /** `load-balancer`: behind the address stand several tasks, and each connection is pinned to one of them. */
  readonly kind: "task" | "load-balancer";
  /**
   * 0, 1, …: the number of a connection among several to one address. A load balancer pins a connection to a task, so each
   * connection is an endpoint of its own for cost and ejection; a task has lane 0 only.
   */
  readonly lane: number;
  /** Availability zone, where the resolver knows it. */
  readonly zone?: string | undefined;
  /**
   * Of SRV records, 0 to 65,535: a higher number is used only while no lower one is ready (RFC 2782). Default 0, for
   * endpoints of other sources.
   */
  readonly priority?: number | undefined;
  /** Of SRV records, 0 to 65,535: the share of calls among endpoints of one priority. Default: the same for all. */
  readonly weight?: number | undefined;
  /**
   * True: discovery no longer lists the endpoint, but its connection works. A call there costs ten times as much, and it is removed
   * after a minute. Default false.
   */
  readonly isReserve?: boolean | undefined;
  /** Name that outlives the address (target of an SRV record), for people. */
  readonly name?: string | undefined;
}

export function priorityOf({ priority = 0 }: Endpoint): number {
  return priority;
}

/** Identity: one key is one subchannel, in whichever tier it occurs. */
export type EndpointKey = string;

/** `host:port`, or the name of a Unix socket. */
export function addressOf(endpoint: Pick<Endpoint, "host" | "port">): string {
  return endpoint.port === 0 ? endpoint.host : formatHostPort(endpoint);
}

/** Where Node connects to for a Unix domain socket; undefined for other endpoints. Linux, unix(7): an abstract name begins with a null byte. */
export function socketPathOf({ host, port }: Pick<Endpoint, "host" | "port">): string | undefined {
  if (port !== 0) return undefined;
  if (host.startsWith("unix-abstract:")) return `\0${host.slice("unix-abstract:".length)}`;
  return host.startsWith("unix:") ? host.slice("unix:".length) : undefined;
}

/** `host:port`, with `#lane` for lanes above 0. */
export function endpointKey(endpoint: Endpoint): EndpointKey {
  const address = addressOf(endpoint);
  return endpoint.lane === 0 ? address : `${address}#${endpoint.lane}`;
}

/** The endpoints that a resolver knows at one moment. Immutable: an update is another set. */
export class EndpointSet implements Iterable<Endpoint> {
  static readonly empty: EndpointSet = new EndpointSet([]);

  #byKey: ReadonlyMap<EndpointKey, Endpoint>;

  /** Of two endpoints with one key the first stays. */
  constructor(endpoints: Iterable<Endpoint>) {
    const byKey = new Map<EndpointKey, Endpoint>();
    for (const endpoint of endpoints) {
      const key = endpointKey(endpoint);
      if (!byKey.has(key)) byKey.set(key, endpoint);
    }
    this.#byKey = byKey;
  }

  /** The endpoints under their keys, which are not computed again: that takes most of the time of an update. */
  static ofKeyed(byKey: ReadonlyMap<EndpointKey, Endpoint>): EndpointSet {
    const set = new EndpointSet([]);
    set.#byKey = byKey;
    return set;
  }

  /** Of two endpoints with one key the one in the earlier set stays. */
  static union(sets: readonly EndpointSet[]): EndpointSet {
    const [first = EndpointSet.empty, ...others] = sets.filter(({ size }) => size > 0);
    if (others.length === 0) return first;
    const byKey = new Map(first.entries());
    for (const other of others)
      for (const [key, endpoint] of other.entries()) if (!byKey.has(key)) byKey.set(key, endpoint);
    return EndpointSet.ofKeyed(byKey);
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Whether the set has an endpoint with this key. */
  has(key: EndpointKey): boolean {
    return this.#byKey.has(key);
  }

  /** The endpoint with this key. */
  get(key: EndpointKey): Endpoint | undefined {
    return this.#byKey.get(key);
  }

  /** The keys, in the order of the endpoints. */
  keys(): Iterable<EndpointKey> {
    return this.#byKey.keys();
  }

  /** The keys with their endpoints, in the same order. */
  entries(): Iterable<[EndpointKey, Endpoint]> {
    return this.#byKey.entries();
  }

  /** The endpoints, in the order in which the resolver named them. */
  [Symbol.iterator](): Iterator<Endpoint> {
    return this.#byKey.values();
  }
}

/** The difference of two sets. State per endpoint changes only for those in `added` and `removed`. */
interface EndpointDiff {
  readonly added: readonly EndpointKey[];
  readonly removed: readonly EndpointKey[];
}

export function diffEndpoints(before: EndpointSet, after: EndpointSet): EndpointDiff {
  const added: EndpointKey[] = [];
  const removed: EndpointKey[] = [];
  if (before === after) return { added, removed };
  for (const key of after.keys()) if (!before.has(key)) added.push(key);
  for (const key of before.keys()) if (!after.has(key)) removed.push(key);
  return { added, removed };
}
