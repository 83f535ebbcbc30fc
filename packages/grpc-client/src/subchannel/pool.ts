/**
 * The subchannels of a channel, one for each endpoint. In: sets of endpoints. Out: subchannels, which keep their identity,
 * connections and counters as long as their endpoint is in the set.
 */

import type { Timer } from "@agent-team/foundation/clock";
import type { Connectivity } from "../connectivity.ts";
import { diffEndpoints, type Endpoint, type EndpointKey, EndpointSet } from "../endpoint.ts";
import { Subchannel, type SubchannelDeps, type SubchannelListener } from "./subchannel.ts";

/**
 * A fleet of a thousand endpoints is connected in waves: more handshakes at once would only delay each other. Waves are of endpoints that were
 * never connected: those that were reconnect by themselves, and never wait behind addresses of which nothing is known.
 */
const MAX_CONNECTING = 16;
/**
 * While nothing is ready, a connection that has been on its way for so long no longer keeps others from beginning: addresses of tasks that
 * are gone answer nothing until the connect deadline of 3 s. A handshake within a region takes some ms, also of a busy server.
 */
const PATIENCE_MS = 250;
/** All connections on their way together: a set of endpoints is rarely larger. */
const MAX_PENDING = 64;
/** Longest wait for a retry while a call waits and nothing is ready. */
const HURRIED_RETRY_MS = 1_000;

/** Connections that are replaced for their certificates: servers see the handshakes of a fleet over this time, at 100 a second at most. */
const MIN_RENEW_MS = 2_000;
const RENEW_MS_PER_ENDPOINT = 10;

export interface PoolListener {
  /** Called after each change of a subchannel's connectivity. */
  onConnectivity(subchannel: Subchannel): void;
  onConnectionLost(subchannel: Subchannel): void;
  onConnectFailed(subchannel: Subchannel): void;
  onGoaway(subchannel: Subchannel): void;
  onRoom(): void;
  /** The last connection has closed, and no endpoint is left. */
  onEmpty(): void;
}

export class SubchannelPool {
  readonly #deps: SubchannelDeps;
  readonly #listener: PoolListener;
  readonly #subchannels = new Map<EndpointKey, Subchannel>();
  /** Removed, with connections on which streams still run. */
  readonly #leaving = new Set<Subchannel>();
  readonly #subchannelListener: SubchannelListener;
  #wanted: EndpointSet = EndpointSet.empty;
  /** Runs while endpoints wait for those that are connecting, and nothing is ready. */
  #overtaking: Timer | undefined;

  constructor(deps: SubchannelDeps, listener: PoolListener) {
    this.#deps = deps;
    this.#listener = listener;
    this.#subchannelListener = {
      onConnectivity: (subchannel, from) => this.#didChangeConnectivity(subchannel, from),
      onGoaway: (subchannel) => listener.onGoaway(subchannel),
      onRoom: () => listener.onRoom(),
      onConnectionClosed: (subchannel) => this.#didCloseConnection(subchannel),
    };
  }

  /** Connects to new endpoints and drains removed ones. The others keep their connections; their ranks may change. */
  update(wanted: EndpointSet): void {
    const { removed } = diffEndpoints(this.#wanted, wanted);
    this.#wanted = wanted;
    for (const [key, endpoint] of wanted.entries()) {
      const subchannel = this.#subchannels.get(key);
      if (subchannel === undefined) this.#add(key, endpoint);
      else subchannel.updateEndpoint(endpoint);
    }
    for (const key of removed) this.#remove(key);
    this.#connectMore();
  }

  get(key: EndpointKey): Subchannel | undefined {
    return this.#subchannels.get(key);
  }

  /**
   * Calls wait: idle endpoints connect now, retries come sooner, and as many connections as calls wait are verified, of those
   * that have been idle.
   */
  hurry(waitingCalls: number): void {
    let verified = 0;
    for (const subchannel of this.#subchannels.values()) {
      subchannel.hurry(HURRIED_RETRY_MS);
      if (verified < waitingCalls && subchannel.load.isUsable && subchannel.verify()) verified++;
    }
    this.#connectMore();
  }

  /** The certificates have changed: every connection is replaced, one after the other. */
  renew(): void {
    const withinMs = Math.max(MIN_RENEW_MS, this.#subchannels.size * RENEW_MS_PER_ENDPOINT);
    for (const subchannel of this.#subchannels.values()) subchannel.renew(withinMs);
  }

  /** The endpoint is ejected. A connection through a load balancer leads to one task: the next one may lead to another. */
  didEject(key: EndpointKey): void {
    const subchannel = this.#subchannels.get(key);
    if (subchannel?.endpoint.kind === "load-balancer") subchannel.renew(0, "ejected");
  }

  /** Whether any connection is left, also of endpoints that are no longer wanted. */
  get isEmpty(): boolean {
    return this.#subchannels.size === 0 && this.#leaving.size === 0;
  }

  /** Ends every connection now, with the streams on it. */
  destroy(reason: string): void {
    this.update(EndpointSet.empty);
    for (const subchannel of [...this.#leaving]) subchannel.destroy(reason);
  }

  #didChangeConnectivity(subchannel: Subchannel, from: Connectivity): void {
    const now = subchannel.connectivity;
    if (now === "transient-failure" && from === "ready") this.#listener.onConnectionLost(subchannel);
    else if (now === "transient-failure" && from === "connecting") this.#listener.onConnectFailed(subchannel);
    this.#listener.onConnectivity(subchannel);
    if (from === "connecting") this.#connectMore();
  }

  #didCloseConnection(subchannel: Subchannel): void {
    if (subchannel.openConnections > 0 || !this.#leaving.delete(subchannel)) return;
    if (this.isEmpty) this.#listener.onEmpty();
  }

  #add(key: EndpointKey, endpoint: Endpoint): void {
    this.#subchannels.set(key, new Subchannel(endpoint, this.#deps, this.#subchannelListener));
  }

  #remove(key: EndpointKey): void {
    const subchannel = this.#subchannels.get(key);
    this.#subchannels.delete(key);
    this.#deps.loads.forget(key);
    if (subchannel === undefined) return;
    if (subchannel.openConnections > 0) this.#leaving.add(subchannel);
    subchannel.shutdown("the endpoint is no longer listed");
  }

  #connectMore(): void {
    this.#overtaking?.cancel();
    this.#overtaking = undefined;
    const now = this.#deps.clock.now();
    const all = [...this.#subchannels.values()];
    const since = all.flatMap(({ connectingSinceMs }) => connectingSinceMs ?? []);
    const isUrgent = !all.some(({ connectivity }) => connectivity === "ready");
    let pending = since.length;
    let counted = isUrgent ? since.filter((ms) => now - ms < PATIENCE_MS).length : pending;
    for (const subchannel of all) {
      if (subchannel.connectivity !== "idle") continue;
      if (pending >= MAX_PENDING) return;
      if (counted >= MAX_CONNECTING) return isUrgent ? this.#overtakeLater() : undefined;
      subchannel.connect();
      if (subchannel.connectivity === "idle") continue;
      pending++;
      counted++;
    }
  }

  #overtakeLater(): void {
    this.#overtaking = this.#deps.clock.setTimer(PATIENCE_MS, () => this.#connectMore(), { unref: true });
  }
}
