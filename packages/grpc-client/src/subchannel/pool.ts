/**
 * The subchannels of a channel, one for each endpoint. In: sets of endpoints. Out: subchannels, which keep their identity,
 * connections and counters as long as their endpoint is in the set.
 */

import type { Connectivity } from "../connectivity.ts";
import { diffEndpoints, type Endpoint, type EndpointKey, EndpointSet } from "../endpoint.ts";
import { Subchannel, type SubchannelDeps, type SubchannelListener } from "./subchannel.ts";

/** A fleet of a thousand endpoints is connected in waves: more handshakes at once would only delay each other. */
const MAX_CONNECTING = 16;
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
    let connecting = 0;
    for (const { connectivity } of this.#subchannels.values()) if (connectivity === "connecting") connecting++;
    for (const subchannel of this.#subchannels.values()) {
      if (connecting >= MAX_CONNECTING) return;
      if (subchannel.connectivity !== "idle") continue;
      subchannel.connect();
      if (subchannel.connectivity !== "idle") connecting++;
    }
  }
}
